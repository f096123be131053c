using System.Runtime.CompilerServices;
using Netcd.Raft;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Tests;

/// <summary>The checker of votes sees each way to break one; a member of a real cluster is made to.</summary>
public sealed class RaftSafetyTests
{
    private const ulong Stranger = 0xbad;

    [Fact]
    public void A_member_that_votes_as_before_is_let_pass() => WithVoter(static (_, _, _) => { });

    [Fact]
    public void A_vote_that_is_changed_within_its_term_is_found() => WithVoter(static (checker, voter, core) =>
    {
        ulong vote = core.Vote;
        SetVote(core, Stranger);
        Found("changed its vote of term", () => checker.Stepped(voter));
        SetVote(core, NodeId.None);
        Found("changed its vote of term", () => checker.Stepped(voter));
        SetVote(core, vote);
    });

    [Fact]
    public void A_vote_for_a_second_candidate_is_found() => WithVoter(static (checker, voter, core) =>
    {
        checker.Sent(voter, Vote(voter, core.Term, core.Vote));
        checker.Sent(voter, Vote(voter, core.Term, core.Vote));
        Message no = Vote(voter, core.Term, Stranger);
        no.Reject = true;
        checker.Sent(voter, no);
        Found("votes for two candidates of term", () => checker.Sent(voter, Vote(voter, core.Term, Stranger)));
    });

    [Fact]
    public void A_vote_that_is_forgotten_over_a_crash_is_found() => WithVoter(static (checker, voter, core) =>
    {
        checker.Sent(voter, Vote(voter, core.Term, core.Vote));
        checker.WouldStart(voter, core);
        ulong vote = core.Vote;
        SetVote(core, NodeId.None);
        Found("forgot its vote at term", () => checker.WouldStart(voter, core));
        SetVote(core, vote);
    });

    [Fact]
    public void A_term_that_is_forgotten_over_a_crash_is_found() => WithVoter(static (checker, voter, core) =>
    {
        checker.WouldStart(voter, core);
        SetTerm(core, core.Term - 1);
        Found("after it had acted at term", () => checker.WouldStart(voter, core));
        SetTerm(core, core.Term + 1);
    });

    /// <summary>Hands over a member that has voted for its leader, and the checker that watches it; what is done to the member is undone
    /// again.</summary>
    private static void WithVoter(Action<RaftSafety, SimulatedMember, RaftCore> act)
    {
        bool hasActed = false;
        Runs.Check(Runs.Of(7, members: 3, virtualSeconds: 2) with
        {
            Faults = new HashSet<FaultKind>(),
            Script = async cluster =>
            {
                while (cluster.Leader is null || !cluster.Members.Any(member => IsVoter(cluster, member)))
                {
                    await cluster.Time.Delay(10 * VirtualTime.Millisecond);
                }

                SimulatedMember voter = cluster.Members.First(member => IsVoter(cluster, member));
                act(cluster.Checkers.Raft, voter, voter.Node!.Raft.Core);
                cluster.Checkers.Raft.Stepped(voter);
                hasActed = true;
            },
        });
        Assert.True(hasActed, "nobody has voted");
    }

    private static bool IsVoter(SimulatedCluster cluster, SimulatedMember member) =>
        member.IsUp && member.Node is { } node && node.Raft.Core.Vote != NodeId.None && node.Raft.Core.Vote != member.Id
        && cluster.Leader?.Id == node.Raft.Core.Vote;

    private static Message Vote(SimulatedMember voter, ulong term, ulong candidate) =>
        new() { Type = MessageType.VoteResponse, From = voter.Id, To = candidate, Term = term };

    private static void Found(string what, Action step) =>
        Assert.Contains(what, Assert.Throws<ViolationException>(step).Message, StringComparison.Ordinal);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Vote")]
    private static extern void SetVote(RaftCore core, ulong vote);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Term")]
    private static extern void SetTerm(RaftCore core, ulong term);
}
