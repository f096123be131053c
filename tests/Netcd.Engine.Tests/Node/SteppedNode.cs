using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Hashing;
using Netcd.Engine.Leases;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Engine.Requests;
using Netcd.Engine.Starting;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;

namespace Netcd.Engine.Tests.Node;

/// <summary>A node on one thread: the seed decides which stage steps next and how the time goes on.</summary>
internal sealed class SteppedNode : IDisposable
{
    private const string DataDirectory = "/data";

    private readonly Random schedule;
    private readonly SimulatedDisk disk;
    private long now = 1;

    public SteppedNode(
        SimulatedDisk disk, int seed, ulong snapshotCount = 40, int leaseCheckpointMilliseconds = 300_000, long snapshotLogBytes = 1 << 20,
        int applyWorkPerStep = Limits.ApplyWorkPerStep, Func<NodeOptions, NodeOptions>? change = null, ILogger? log = null)
    {
        this.disk = disk;
        schedule = new Random(seed);
        NodeOptions options = new()
        {
            Name = "default",
            DataDirectory = DataDirectory,
            InitialCluster = new Dictionary<string, IReadOnlyList<string>> { ["default"] = ["http://localhost:2380"] },
            AdvertiseClientUrls = ["http://localhost:2379"],
            SnapshotCount = snapshotCount,
            SnapshotCatchUpEntries = 10,
            SnapshotLogBytes = snapshotLogBytes,
            BackendBatchLimit = 25,
            CompactionBatchLimit = 4,
            CompactionSleepMilliseconds = 1,
            WalSegmentBytes = 8 * 1024,
            MaxWals = 2,
            MaxSnapshots = 2,
            LeaseCheckpointMilliseconds = leaseCheckpointMilliseconds,
            ApplyWorkPerStep = applyWorkPerStep,
        };
        NodeEnvironment environment = new(
            new SeededGenerator((ulong)seed).Next, new HashSeed((ulong)seed, 1), log ?? NullLogger.Instance);
        Node = EtcdNode.Open(change?.Invoke(options) ?? options, disk, environment);
    }

    public EtcdNode Node { get; }

    /// <summary>Steps until the condition holds.</summary>
    public void RunUntil(Func<bool> condition, string what)
    {
        for (int i = 0; i < 200_000; i++)
        {
            if (condition())
            {
                return;
            }

            StepOne();
        }

        Assert.Fail($"no progress: {what}");
    }

    /// <summary>The time that the stages are told.</summary>
    public long Now => now;

    /// <summary>Lets time pass without a step, as for a process that stands still.</summary>
    public void StandStill(long milliseconds) => now += milliseconds;

    /// <summary>Steps until so much time has passed.</summary>
    public void RunFor(long milliseconds)
    {
        long end = now + milliseconds;
        RunUntil(() => now >= end, "time");
    }

    /// <summary>Asks about leases; the answer comes as the stages step.</summary>
    public Asked Ask(LeaseQuery question, long id = 0)
    {
        Asked asked = new(question, id);
        Node.Leases.Ask(asked);
        return asked;
    }

    /// <summary>Renews leases together; the answers come as the stages step.</summary>
    public AskedTogether Renew(params long[] ids)
    {
        AskedTogether asked = new([.. ids.Select(static id => new Renewal(new LeaseId(id)))]);
        Node.Leases.Renew(asked);
        return asked;
    }

    /// <summary>Asks about leases and steps until there is an answer; a member that is to lead is waited for.</summary>
    public LeaseAnswer Answer(LeaseQuery question, long id = 0)
    {
        while (true)
        {
            Asked asked = Ask(question, id);
            RunUntil(() => asked.Result is not null, "answer");
            if (asked.Result!.Error != EtcdErrors.NotPrimaryLessor)
            {
                return asked.Result;
            }
        }
    }

    /// <summary>One step of a stage that the seed picks.</summary>
    public void StepOne()
    {
        now += schedule.Next(3);
        Node.Stages[schedule.Next(Node.Stages.Count)].Step(now);
    }

    /// <summary>One step of a stage.</summary>
    public void Step(string stage) => Node.Stages.First(one => one.Name == stage).Step(now);

    /// <summary>Starts a request; it goes on as the stages step.</summary>
    public Sent Propose(InternalRaftRequest request, int timeoutMilliseconds = int.MaxValue, AuthIdentity? caller = null)
    {
        Sent sent = new(request, disk) { TimeoutMilliseconds = timeoutMilliseconds, Caller = caller ?? AuthIdentity.None };
        if (Node.Proposals.Propose(sent) is { } error)
        {
            sent.Refuse(error);
        }

        return sent;
    }

    /// <summary>Sends a request and steps until it is answered.</summary>
    public ApplyResult Run(InternalRaftRequest request, AuthIdentity? caller = null)
    {
        Sent sent = Propose(request, caller: caller);
        RunUntil(() => sent.IsDone, "request");
        return sent.Result;
    }

    /// <summary>A linearizable read: steps until local state is confirmed, then reads.</summary>
    public RangeResponse Read(RangeRequest request)
    {
        Confirmation confirmation = new();
        Node.Reads.Confirm(confirmation);
        RunUntil(() => confirmation.IsDone, "read");
        Assert.Null(confirmation.Error);
        using ReadHandle handle = Node.Reads.Acquire();
        return handle.Range(request).ToMessage();
    }

    public static InternalRaftRequest Put(string key, string value) => new()
    {
        Put = new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) },
    };

    public void Dispose() => Node.Dispose();

    internal sealed class Sent(InternalRaftRequest request, SimulatedDisk disk) : PendingRequest(request)
    {
        public bool IsDone { get; private set; }

        public ApplyResult Result { get; private set; }

        /// <summary>How many operations the disk had seen when the answer came.</summary>
        public int AnsweredAtOperation { get; private set; }

        public void Refuse(EtcdError error) => Complete(new ApplyResult(error));

        protected internal override void Complete(ApplyResult result)
        {
            Assert.False(IsDone, "answered twice");
            IsDone = true;
            Result = result;
            AnsweredAtOperation = disk.OperationCount;
        }
    }

    internal sealed class Asked(LeaseQuery question, long id) : PendingLeaseCall(question, new LeaseId(id))
    {
        public LeaseAnswer? Result { get; private set; }

        protected internal override void Complete(LeaseAnswer answer)
        {
            Assert.Null(Result);
            Result = answer;
        }
    }

    internal sealed class AskedTogether(Renewal[] renewals) : PendingRenewals(renewals)
    {
        public bool IsDone { get; private set; }

        public Renewal[] Answers => Renewals.ToArray();

        protected internal override void Complete()
        {
            Assert.False(IsDone, "answered twice");
            IsDone = true;
        }
    }

    private sealed class Confirmation : PendingRead
    {
        public bool IsDone { get; private set; }

        public EtcdError? Error { get; private set; }

        protected internal override void Complete(EtcdError? error)
        {
            IsDone = true;
            Error = error;
        }
    }
}
