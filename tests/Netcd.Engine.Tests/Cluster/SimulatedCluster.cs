using Netcd.Engine.Apply;
using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Node;
using Netcd.Engine.Node.Stages;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Tests.Cluster;

/// <summary>
/// Whole engines on one thread over simulated disks and a simulated network: the seed decides which stage of which member
/// steps next, which message arrives, and how the time goes on.
/// </summary>
internal sealed class SimulatedCluster : IDisposable
{
    private readonly Random schedule;
    private readonly Dictionary<ulong, ulong> leaderOfTerm = [];
    private int joined;

    public SimulatedCluster(int seed, int members)
    {
        Seed = seed;
        schedule = new Random(seed);
        Network = new SimulatedNetwork(new Random(seed + 1), id => Members.Find(member => member.Id == id)?.Node);
        for (int i = 0; i < members; i++)
        {
            Members.Add(new SimulatedMember($"m{i}", this));
        }

        Initial = Members.ToDictionary(member => member.Name, member => (IReadOnlyList<string>)[member.PeerUrl]);
        Members.ForEach(member => member.Start());
    }

    public int Seed { get; }

    public long Now { get; private set; } = 1;

    public List<SimulatedMember> Members { get; } = [];

    public SimulatedNetwork Network { get; }

    private Dictionary<string, IReadOnlyList<string>> Initial { get; }

    public IEnumerable<SimulatedMember> Alive => Members.Where(member => member.Node is not null);

    public SimulatedMember? Leader => Alive.FirstOrDefault(member => member.Node!.IsLeader
        && Alive.All(other => other.Node!.Position.Term <= member.Node.Position.Term));

    public NodeOptions OptionsOf(SimulatedMember member) => new()
    {
        Name = member.Name,
        DataDirectory = "/data",
        InitialCluster = Initial,
        AdvertiseClientUrls = ["http://" + member.Name + ":2379"],
        SnapshotCount = 40,
        SnapshotCatchUpEntries = 10,
        BackendBatchLimit = 25,
        CompactionBatchLimit = 4,
        CompactionSleepMilliseconds = 1,
        WalSegmentBytes = 8 * 1024,
        MaxWals = 2,
        MaxSnapshots = 2,
    };

    /// <summary>Election safety: a term has one leader.</summary>
    public void ObserveLeader(SimulatedMember member, ulong leaderId, ulong term)
    {
        if (leaderId != 0)
        {
            Assert.True(leaderOfTerm.TryAdd(term, leaderId) || leaderOfTerm[term] == leaderId, $"two leaders of term {term}: {Where}");
        }
    }

    public string Where => $"seed {Seed}, time {Now}";

    /// <summary>One step of something that the seed picks.</summary>
    public void StepOne()
    {
        Now += schedule.Next(3);
        if (schedule.Next(3) == 0)
        {
            Network.DeliverOne();
            return;
        }

        SimulatedMember member = Members[schedule.Next(Members.Count)];
        if (member.Node is { } node)
        {
            node.Stages[schedule.Next(node.Stages.Count)].Step(Now);
        }
    }

    public void Run(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            StepOne();
        }
    }

    public void RunUntil(Func<bool> condition, string what)
    {
        for (int i = 0; i < 1_000_000; i++)
        {
            if (condition())
            {
                return;
            }

            StepOne();
        }

        Assert.Fail($"no progress: {what}; {Where}; {string.Join(", ", Alive.Select(member => $"{member.Name} {member.Node!.Position}"))}");
    }

    public static Sent Propose(SimulatedMember member, InternalRaftRequest request)
    {
        Sent sent = new(request);
        if (member.Node!.Propose(sent) is { } refusal)
        {
            sent.Refuse(refusal);
        }

        return sent;
    }

    /// <summary>Asks for a change of the membership, again where it came to nothing, and runs until it is in effect.</summary>
    public void Change(ConfChangeType type, ulong id, MemberChange? carried)
    {
        for (int attempt = 0; attempt < 20; attempt++)
        {
            RunUntil(() => Leader is not null, "a leader");
            Sent sent = new(new InternalRaftRequest());
            Assert.Null(Leader!.Node!.ProposeChange(sent, type, id, carried));
            RunUntil(() => sent.IsDone || attempt < 0, "a change of the membership");
            // It may have been applied although its answer was lost: then the next one is refused for that.
            if (sent.Result.Error is null || (attempt > 0 && sent.Result.Error != EtcdErrors.Timeout))
            {
                return;
            }
        }

        Assert.Fail($"the membership does not change: {Where}");
    }

    /// <summary>Adds a member to the cluster and starts it.</summary>
    public SimulatedMember Join(bool asLearner)
    {
        SimulatedMember joining = new($"m{++joined + Initial.Count}", this);
        ulong id = Member.IdOf([joining.PeerUrl], "token" + joined);
        Member member = new(id, "", [joining.PeerUrl], [], asLearner);
        Change(asLearner ? ConfChangeType.AddLearnerNode : ConfChangeType.AddNode, id, new MemberChange(member, IsPromotion: false));
        EtcdNode any = Leader?.Node ?? Alive.First().Node!;
        RunUntil(() => any.Members.Find(id) is not null, "the addition");
        joining.Start(new RunningCluster(any.ClusterId, id, any.Members.Members));
        Members.Add(joining);
        return joining;
    }

    /// <summary>Faults end: waits until all members agree, and checks that they hold the same.</summary>
    public void Settle()
    {
        Network.Heal();
        (Network.LossPercent, Network.DuplicatePercent) = (0, 0);
        foreach (SimulatedMember member in Members.Where(member => member.Node is null && !member.IsRemoved))
        {
            member.Start();
        }

        RunUntil(() => Leader is not null, "a leader");
        RunUntil(HaveAllAppliedTheSame, "agreement");
        List<HashKVResponse> sums = [.. Participants.Select(Sum)];
        Assert.True(sums.DistinctBy(sum => sum.Hash).Count() == 1, $"members differ: {Where}; {string.Join(", ", sums)}");
    }

    public static RangeResponse ReadLocally(SimulatedMember member, RangeRequest request)
    {
        using ReadLease lease = member.Node!.Acquire();
        return EtcdNode.Range(lease, request).ToMessage();
    }

    public void Dispose() => Members.ForEach(member => member.Stop());

    private IEnumerable<SimulatedMember> Participants => Alive.Where(member => !member.IsRemoved);

    private bool HaveAllAppliedTheSame()
    {
        List<RaftPosition> positions = [.. Participants.Select(member => member.Node!.Position)];
        return positions.TrueForAll(position =>
            position.LeaderId != 0 && position.AppliedIndex == position.CommitIndex && position.CommitIndex == positions[0].CommitIndex);
    }

    private static HashKVResponse Sum(SimulatedMember member)
    {
        using ReadLease lease = member.Node!.Acquire();
        Assert.Null(EtcdNode.HashKv(lease, 0, out HashKVResponse response));
        return response;
    }

    internal sealed class Sent(InternalRaftRequest request) : PendingRequest(request)
    {
        public bool IsDone { get; private set; }

        public ApplyResult Result { get; private set; }

        public void Refuse(EtcdError error) => Complete(new ApplyResult(error));

        protected internal override void Complete(ApplyResult result)
        {
            Assert.False(IsDone, "answered twice");
            IsDone = true;
            Result = result;
        }
    }

    internal sealed class Read : PendingRead
    {
        public Action<EtcdError?> Done { get; init; } = static _ => { };

        protected internal override void Complete(EtcdError? error) => Done(error);
    }
}
