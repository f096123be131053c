using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Raft;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Faults;

/// <summary>
/// Changes the membership as a careful person does: one change at a time, and none that could not be agreed on; members whose
/// disk is lost are replaced.
/// </summary>
internal sealed class Operator
{
    private const int MaxMembers = 5;
    private const int FewestToShrink = 3;

    private readonly SimulatedCluster cluster;
    private readonly SimulationRandom random;
    private readonly Queue<Func<Task>> jobs = [];
    private readonly List<SimulatedMember> watched = [];

    public Operator(SimulatedCluster cluster)
    {
        this.cluster = cluster;
        random = cluster.Random.Branch("operator");
    }

    /// <summary>Whether nothing is under way.</summary>
    public bool IsIdle { get; private set; } = true;

    /// <summary>Works off what there is to do.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            await ReplaceLostAsync();
            IsIdle = jobs.Count == 0;
            if (jobs.TryDequeue(out Func<Task>? job))
            {
                await job();
            }
            else
            {
                await cluster.Time.Delay(200 * VirtualTime.Millisecond);
            }
        }
    }

    /// <summary>Whether the cluster can do without a member's disk: all is well otherwise, and it is not the last.</summary>
    public bool MayLose(SimulatedMember victim) =>
        IsIdle && jobs.Count == 0 && cluster.Leader is { } leader
        && cluster.Members.Count >= 3
        && cluster.Members.All(static member => member.IsServing && !member.IsDestroyed && !member.IsDamaged && !member.DiskFaults.IsArmed)
        && leader.Node!.Members.Members.Count == cluster.Members.Count
        && leader.Node.Members.Find(victim.Id) is { IsLearner: false }
        && leader.Node.Members.Members.All(static member => !member.IsLearner)
        && cluster.Members.All(member => member.Node!.Position.AppliedIndex + 5 >= leader.Node.Position.CommitIndex);

    /// <summary>A member's disk is lost.</summary>
    public void Replace(SimulatedMember lost)
    {
        IsIdle = false;
        jobs.Enqueue(() => ReplaceAsync(lost));
    }

    /// <summary>A member may turn out not to start any more.</summary>
    public void Watch(SimulatedMember member) => watched.Add(member);

    /// <summary>
    /// Adds a member, or removes one of three and more. Of two, the one that stays counts itself as alone only once it knows, after
    /// a crash too, that the removal is committed; if it goes down before it has written that, it waits for ever for the vote
    /// of the one that has gone (the simulation's seed 22 did, and etcd's raft tells its users so).
    /// </summary>
    public bool ChangeSize()
    {
        if (!IsIdle || jobs.Count > 0 || cluster.Leader is not { } leader)
        {
            return false;
        }

        List<SimulatedMember> present = [.. cluster.Members.Where(member => leader.Node!.Members.Find(member.Id) is not null)];
        bool isToGrow = present.Count < FewestToShrink || (present.Count < MaxMembers && random.Percent(50));
        SimulatedMember leaving = random.Pick(present);
        bool asLearner = random.Percent(60);
        cluster.Trace.Fault($"{FaultKind.MemberChange}: {(isToGrow ? "add" : "remove " + leaving.Name)}");
        IsIdle = false;
        jobs.Enqueue(isToGrow ? () => AddAsync(asLearner) : () => RemoveAsync(leaving));
        return true;
    }

    /// <summary>
    /// Replaces the members that turned out not to start any more. That comes before whatever else is under way, which may
    /// never get its quorum while they are down.
    /// </summary>
    private async Task ReplaceLostAsync()
    {
        while (watched.Find(static member => member.IsDestroyed) is { } lost)
        {
            IsIdle = false;
            watched.Remove(lost);
            await ReplaceAsync(lost);
        }
    }

    private async Task ReplaceAsync(SimulatedMember lost)
    {
        await RemoveAsync(lost);
        await AddAsync(asLearner: random.Percent(50));
    }

    private async Task AddAsync(bool asLearner)
    {
        while (!asLearner && !IsQuorumUp(change: 1, gained: IsAlone ? 1 : 0))
        {
            await ReplaceLostAsync();
            await Pause();
        }

        SimulatedMember joiner = cluster.NewJoiner();
        Member member = new(joiner.Id, "", [joiner.PeerUrl], [], asLearner);
        await UntilAsync(leader => leader.Members.Find(joiner.Id) is not null, leader => AskForAdditionAsync(leader, member));
        cluster.StartAfter(joiner, random.Exponential(200 * VirtualTime.Millisecond));
        if (!asLearner)
        {
            return;
        }

        await cluster.Time.Delay(random.Exponential(VirtualTime.Second));
        await UntilAsync(
            leader => leader.Members.Find(joiner.Id) is { IsLearner: false },
            leader => IsReady(leader, joiner) && IsQuorumUp(change: 1, gained: 1)
                ? Calls.ChangeAsync(
                    cluster,
                    leader,
                    ConfChangeType.AddNode,
                    joiner.Id,
                    new MemberChange(member with { IsLearner = false }, IsPromotion: true),
                    5 * VirtualTime.Second)
                : Task.FromResult(Answer.NotReached));
    }

    /// <summary>
    /// There is one learner at a time. One that waits for its promotion while a member is replaced would wait for ever for the end of
    /// that, and the replacement for its promotion: the replacement joins as a voter then.
    /// </summary>
    private Task<Answer> AskForAdditionAsync(SimulatedMember leader, Member member)
    {
        if (member.IsLearner && leader.Node!.Members.Members.Any(static known => known.IsLearner))
        {
            return IsQuorumUp(change: 1) ? AskAsync(member with { IsLearner = false }) : Task.FromResult(Answer.NotReached);
        }

        return AskAsync(member);

        Task<Answer> AskAsync(Member asked) => Calls.ChangeAsync(
            cluster,
            leader,
            asked.IsLearner ? ConfChangeType.AddLearnerNode : ConfChangeType.AddNode,
            asked.Id,
            new MemberChange(asked, IsPromotion: false),
            5 * VirtualTime.Second);
    }

    private async Task RemoveAsync(SimulatedMember leaving)
    {
        await UntilAsync(
            leader => leader.Members.IsRemoved(leaving.Id),
            leader => AskForRemovalAsync(leader, leaving));

        // It may not learn of it; sooner or later somebody stops it.
        cluster.Time.After(random.Exponential(2 * VirtualTime.Second), () =>
        {
            leaving.IsRemoved = true;
            cluster.Forget(leaving);
        });
    }

    private async Task<Answer> AskForRemovalAsync(SimulatedMember leader, SimulatedMember leaving)
    {
        if (!IsQuorumUp(change: -1, without: leaving))
        {
            return Answer.NotReached;
        }

        // Of two, the one that stays has to lead: it could not learn from the other, once that is gone, that it is alone.
        if (leader == leaving && Voters(leader).Count == 2)
        {
            leader.Node!.Peers.TransferLeadership(new MemberId(Voters(leader).Find(voter => voter.Id != leaving.Id)!.Id));
            return Answer.NotReached;
        }

        return await Calls.ChangeAsync(cluster, leader, ConfChangeType.RemoveNode, leaving.Id, null, 5 * VirtualTime.Second);
    }

    /// <summary>Asks again until the leader's members are as wanted: an answer may be lost, and the change not.</summary>
    private async Task UntilAsync(Func<EtcdNode, bool> isDone, Func<SimulatedMember, Task<Answer>> ask)
    {
        while (true)
        {
            if (cluster.Leader is { } leader && leader.Node!.Position is { } position && position.AppliedIndex == position.CommitIndex)
            {
                if (isDone(leader.Node))
                {
                    return;
                }

                await ask(leader);
            }

            await ReplaceLostAsync();
            await Pause();
        }
    }

    /// <summary>A member that is alone grows, though two is the quorum of two.</summary>
    private bool IsAlone => cluster.Leader is { } leader && Voters(leader).Count == 1;

    /// <summary>What <c>--strict-reconfig-check</c> asks for: enough of the voters that count after the change are up.</summary>
    private bool IsQuorumUp(int change, int gained = 0, SimulatedMember? without = null)
    {
        if (cluster.Leader is not { } leader)
        {
            return false;
        }

        List<Member> voters = Voters(leader);
        if (without is not null && voters.TrueForAll(voter => voter.Id != without.Id))
        {
            return true;
        }

        int up = voters.Count(voter => voter.Id != without?.Id && cluster.Find(voter.Id) is { IsServing: true }) + gained;
        int then = voters.Count + change;
        return then > 0 && up >= (then / 2) + 1;
    }

    private static List<Member> Voters(SimulatedMember member) => [.. member.Node!.Members.Members.Where(static known => !known.IsLearner)];

    private static bool IsReady(SimulatedMember leader, SimulatedMember learner) =>
        learner.IsServing && learner.Node!.Position.AppliedIndex >= leader.Node!.Position.AppliedIndex * 9 / 10;

    private Task Pause() => cluster.Time.Delay(random.Between(100, 400) * VirtualTime.Millisecond);
}
