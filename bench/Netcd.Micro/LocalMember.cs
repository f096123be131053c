using System.Diagnostics;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Apply;
using Netcd.Engine.Hashing;
using Netcd.Engine.Metering;
using Netcd.Engine.Node;
using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;
using Netcd.Engine.Starting;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Server.EngineAccess;
using Netcd.Server.Running;
using Netcd.Storage.Disk;

namespace Netcd.Micro;

/// <summary>A member on its own in a temporary folder, its stages stepped by hand: nothing runs beside what is measured.</summary>
internal sealed class LocalMember : IDisposable
{
    private const int MillisecondsPerRound = 10;
    private const int MostRounds = 10_000;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("netcd-micro");
    private readonly EtcdNode node;
    private long now;

    public LocalMember()
    {
        NodeOptions options = new()
        {
            Name = "micro",
            DataDirectory = directory.FullName,
            InitialCluster = new Dictionary<string, IReadOnlyList<string>> { ["micro"] = ["http://127.0.0.1:2380"] },
            AdvertiseClientUrls = ["http://127.0.0.1:2379"],
        };
        SeededGenerator random = new(1);
        NodeEnvironment environment = new(random.Next, new HashSeed(1, 2), NullLogger.Instance)
        {
            Clock = new MonotonicClock(static () => Stopwatch.GetElapsedTime(0).Ticks * TimeSpan.NanosecondsPerTick),
        };
        node = EtcdNode.Open(options, PhysicalDisk.Instance, environment);
        Client = new EngineClient(node, new CompletionQueue(), CallerIdentities.None);
        RunUntil(() => node.Reads.AreCurrent);
    }

    /// <summary>How handlers reach it.</summary>
    public EngineClient Client { get; }

    /// <summary>Writes a key.</summary>
    public void Put(byte[] key, byte[] value)
    {
        Proposal proposal = new(new InternalRaftRequest
        {
            Put = new PutRequest { Key = ByteString.CopyFrom(key), Value = ByteString.CopyFrom(value) },
        });
        if (node.Proposals.Propose(proposal) is { } refusal)
        {
            throw refusal.ToException();
        }

        RunUntil(() => proposal.IsDone);
    }

    public void Dispose()
    {
        node.Dispose();
        directory.Delete(recursive: true);
    }

    private void RunUntil(Func<bool> condition)
    {
        for (int round = 0; !condition(); round++)
        {
            if (round == MostRounds)
            {
                throw new InvalidOperationException("the member makes no progress");
            }

            now += MillisecondsPerRound;
            foreach (IStage stage in node.Stages)
            {
                stage.Step(now);
            }
        }
    }

    private sealed class Proposal(InternalRaftRequest request) : PendingRequest(request)
    {
        public bool IsDone { get; private set; }

        protected internal override void Complete(ApplyResult result) => IsDone = true;
    }
}
