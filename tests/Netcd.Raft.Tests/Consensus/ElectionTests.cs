using Netcd.Raft.Tests.Cluster;

namespace Netcd.Raft.Tests.Consensus;

/// <summary>Elections: sections 5.2, 5.4.1 of the paper; 9.6 (pre-vote) and 6.2, 4.2.3 (check-quorum) of the thesis.</summary>
public class ElectionTests
{
    private static readonly MemberOptions Careful = new() { PreVote = true, CheckQuorum = true };

    [Fact]
    public void A_follower_campaigns_when_the_election_timeout_passes_without_a_leader()
    {
        TestCluster cluster = new(3);
        cluster[1].Raft.SetRandomizedElectionTimeout(15);
        for (int tick = 0; tick < 14; tick++)
        {
            cluster[1].Raft.Tick();
        }

        Assert.Equal(RaftRole.Follower, Role(cluster, 1));
        cluster[1].Raft.Tick();
        Assert.Equal(RaftRole.Candidate, Role(cluster, 1));
        cluster.Settle();
        Assert.True(cluster[1].IsLeader);
        Assert.All(cluster.Members, member => Assert.Equal(1UL, member.Leader));
    }

    [Fact]
    public void Election_timeouts_are_drawn_from_the_timeout_to_its_double()
    {
        HashSet<int> drawn = [];
        for (int seed = 1; seed <= 200; seed++)
        {
            TestCluster cluster = new(1, seed: seed);
            drawn.Add(cluster[1].Raft.Core.RandomizedElectionTimeout);
        }

        Assert.Equal(Enumerable.Range(10, 10), drawn.Order());
    }

    [Fact]
    public void A_node_votes_once_in_a_term_and_for_the_first_who_asks()
    {
        TestCluster cluster = new(3);
        RaftNode node = cluster[3].Raft;
        node.Step(Vote(from: 1, term: 5));
        node.Step(Vote(from: 2, term: 5));
        node.Step(Vote(from: 1, term: 5));
        cluster.Work(cluster[3]);
        List<Message> answers = cluster.InFlight.Where(message => message.Type == MessageType.VoteResponse).ToList();
        Assert.Equal([(1UL, false), (2UL, true), (1UL, false)], answers.Select(answer => (answer.To, answer.Reject)));
        Assert.Equal(1UL, node.BasicStatus.HardState.Vote);
    }

    [Fact]
    public void A_vote_is_on_disk_before_it_is_given_and_binds_after_a_restart()
    {
        TestCluster cluster = new(3);
        cluster[3].Raft.Step(Vote(from: 1, term: 5));
        Assert.Empty(cluster[3].TakeReady());
        Message answer = Assert.Single(cluster[3].DoAppend());
        Assert.False(answer.Reject);
        cluster[3].Restart();
        cluster[3].Raft.Step(Vote(from: 2, term: 5));
        cluster.Work(cluster[3]);
        Assert.True(cluster.InFlight.Single(message => message.To == 2).Reject);
    }

    // Section 5.4.1: the later last term wins, then the longer log.
    [Theory]
    [InlineData(3, 3, true)]
    [InlineData(3, 9, true)]
    [InlineData(4, 1, true)]
    [InlineData(3, 2, false)]
    [InlineData(2, 9, false)]
    public void A_vote_goes_only_to_a_log_that_is_as_up_to_date(int lastTerm, int lastIndex, bool granted)
    {
        TestCluster cluster = new(0, outsiders: 1);
        cluster[1].Seed(new ConfState { Voters = [1, 2] }, new HardState(3, 0, 0), Of(1, 1), Of(2, 2), Of(3, 3));
        cluster[1].Raft.Step(Vote(from: 2, term: 9, (ulong)lastTerm, (ulong)lastIndex));
        cluster.Work(cluster[1]);
        Assert.Equal(granted, !Assert.Single(cluster.InFlight).Reject);
    }

    [Fact]
    public void A_split_vote_ends_without_leader_and_the_next_term_decides()
    {
        TestCluster cluster = new(4);
        cluster.Loses = message => (message.To, message.From) is (3, 2) or (4, 1) or (2, 1) or (1, 2);
        cluster[1].Raft.Campaign();
        cluster[2].Raft.Campaign();
        cluster.Settle();
        Assert.DoesNotContain(cluster.Members, member => member.IsLeader);
        cluster.Heal();
        cluster.Elect(2);
        Assert.Equal(3UL, cluster[2].Term);
    }

    [Fact]
    public void A_candidate_returns_to_follower_when_a_leader_of_its_term_speaks()
    {
        TestCluster cluster = new(3);
        cluster.Isolate(1);
        cluster[1].Raft.Campaign();
        cluster.Settle();
        Assert.Equal(RaftRole.Candidate, Role(cluster, 1));
        cluster[1].Raft.Step(new Message { Type = MessageType.Heartbeat, From = 2, To = 1, Term = 2 });
        Assert.Equal((2UL, RaftRole.Follower), (cluster[1].Leader, Role(cluster, 1)));
    }

    [Fact]
    public void A_leader_of_an_older_term_steps_down_when_it_hears_of_a_newer()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(1);
        cluster.Elect(2);
        Assert.True(cluster[1].IsLeader);
        cluster.Heal();
        cluster.TickAll(1);
        Assert.False(cluster[1].IsLeader);
        Assert.Equal(2UL, cluster[1].Leader);
    }

    [Fact]
    public void Without_pre_vote_a_node_that_returns_deposes_the_leader()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster.Isolate(3);
        cluster.Tick(3, 100);
        Assert.True(cluster[3].Term > cluster[1].Term);
        cluster.Heal();
        cluster.TickAll(1);
        Assert.False(cluster[1].IsLeader);
    }

    [Fact]
    public void With_pre_vote_a_node_that_returns_opens_no_term_and_disturbs_nobody()
    {
        TestCluster cluster = new(3, Careful);
        cluster.Elect(1);
        ulong term = cluster[1].Term;
        cluster.Isolate(3);
        cluster.Tick(3, 100);
        Assert.Equal(RaftRole.PreCandidate, Role(cluster, 3));
        Assert.Equal(term, cluster[3].Term);
        cluster.Heal();
        cluster.TickAll(5);
        Assert.True(cluster[1].IsLeader);
        Assert.All(cluster.Members, member => Assert.Equal((term, 1UL), (member.Term, member.Leader)));
    }

    [Fact]
    public void A_pre_vote_is_refused_to_a_shorter_log_and_changes_no_state()
    {
        TestCluster cluster = new(3, new MemberOptions { PreVote = true });
        cluster.Elect(1);
        cluster.Isolate(3);
        cluster.Propose(1, "three misses this");
        cluster.Heal();
        cluster[2].Crash();
        cluster[2].Restart();
        (ulong term, ulong vote) = (cluster[2].Term, cluster[2].Raft.BasicStatus.HardState.Vote);
        cluster[2].Raft.Step(new Message { Type = MessageType.PreVote, From = 3, To = 2, Term = term + 1, LogTerm = 2, Index = 4 });
        cluster.Work(cluster[2]);
        Assert.True(cluster.InFlight.Single(message => message.Type == MessageType.PreVoteResponse).Reject);
        Assert.Equal((term, vote), (cluster[2].Term, cluster[2].Raft.BasicStatus.HardState.Vote));
    }

    [Fact]
    public void A_pre_candidate_behind_in_terms_learns_the_term_and_can_win_then()
    {
        TestCluster cluster = new(3, new MemberOptions { PreVote = true });
        cluster.Elect(1);
        cluster.Isolate(3);
        cluster.Elect(2);
        cluster.Elect(1);
        cluster.Heal();
        cluster[1].Crash();
        for (int tick = 0; tick < 100 && cluster.Leader is null; tick++)
        {
            cluster.TickAll(1);
        }

        Assert.Equal(2UL, cluster.Leader!.Id);
        cluster.TickAll(2);
        Assert.Equal(cluster[2].Term, cluster[3].Term);
    }

    [Fact]
    public void A_leader_that_does_not_hear_a_quorum_steps_down_within_an_election_timeout()
    {
        TestCluster cluster = new(3, Careful);
        cluster.Elect(1);
        cluster.Isolate(1);
        cluster.Tick(1, 20);
        Assert.False(cluster[1].IsLeader);
        Assert.Equal(StepResult.ProposalDropped, cluster[1].Raft.Propose(TestCluster.Bytes("lost")));
    }

    [Fact]
    public void A_leader_that_hears_a_quorum_stays()
    {
        TestCluster cluster = new(5, Careful);
        cluster.Elect(1);
        cluster.Isolate(4, 5);
        cluster.TickAll(100);
        Assert.True(cluster[1].IsLeader);
        Assert.Equal(2UL, cluster[1].Term);
    }

    [Fact]
    public void Who_hears_a_leader_ignores_votes_for_others_until_its_lease_ends()
    {
        TestCluster cluster = new(3, new MemberOptions { CheckQuorum = true });
        cluster.Elect(1);
        cluster[2].Raft.Step(Vote(from: 3, term: 9, 9, 9));
        Assert.Equal(2UL, cluster[2].Term);
        for (int tick = 0; tick < 10; tick++)
        {
            cluster[2].Raft.Tick();
        }

        cluster[2].Raft.Step(Vote(from: 3, term: 9, 9, 9));
        Assert.Equal((9UL, 3UL), (cluster[2].Term, cluster[2].Raft.BasicStatus.HardState.Vote));
    }

    [Fact]
    public void A_follower_that_forgets_its_leader_votes_at_once()
    {
        TestCluster cluster = new(3, Careful);
        cluster.Elect(1);
        cluster.Isolate(1);
        cluster[2].Raft.Campaign();
        cluster.Settle();
        Assert.False(cluster[2].IsLeader);
        cluster[3].Raft.ForgetLeader();
        Assert.Equal(NodeId.None, cluster[3].Leader);
        cluster.Elect(2);
    }

    [Fact]
    public void With_lease_based_reads_no_leader_is_forgotten()
    {
        TestCluster cluster = new(3, Careful with { ReadOnlyOption = ReadOnlyOption.LeaseBased });
        cluster.Elect(1);
        cluster[3].Raft.ForgetLeader();
        Assert.Equal(1UL, cluster[3].Leader);
    }

    [Fact]
    public void A_node_that_has_a_configuration_change_to_apply_does_not_campaign()
    {
        TestCluster cluster = new(3);
        cluster.Elect(1);
        cluster[1].Raft.ProposeConfChange(new ConfChange { Type = ConfChangeType.AddNode, NodeId = 4 });
        while (cluster[2].Commit < 5)
        {
            foreach (Member member in cluster.Members)
            {
                while (member.Raft.HasReady)
                {
                    cluster.Send(member.TakeReady());
                }
                while (member.AppendWork.Count > 0)
                {
                    cluster.Send(member.DoAppend());
                }
            }

            if (cluster.InFlight.Count == 0)
            {
                cluster[1].Raft.Tick();
            }

            foreach (Message message in cluster.InFlight.ToArray())
            {
                cluster.Deliver(message);
            }

            cluster.InFlight.Clear();
        }

        cluster[2].Raft.Campaign();
        Assert.Equal(RaftRole.Follower, Role(cluster, 2));
        cluster.Settle();
        cluster[2].Raft.Campaign();
        Assert.Equal(RaftRole.Candidate, Role(cluster, 2));
    }

    private static Message Vote(ulong from, ulong term, ulong lastTerm = 1, ulong lastIndex = 3) =>
        new() { Type = MessageType.Vote, From = from, To = 0, Term = term, LogTerm = lastTerm, Index = lastIndex };

    private static Entry Of(ulong term, ulong index) => new(EntryType.Normal, term, index, default);

    private static RaftRole Role(TestCluster cluster, ulong id) => cluster[id].Raft.BasicStatus.SoftState.Role;
}
