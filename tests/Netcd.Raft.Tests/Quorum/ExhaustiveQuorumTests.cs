using System.Numerics;

namespace Netcd.Raft.Tests.Quorum;

/// <summary>Every configuration of up to five members against the plain definition of a majority.</summary>
public class ExhaustiveQuorumTests
{
    private const int MaxMembers = 5;

    [Fact]
    public void A_position_is_committed_when_more_than_half_have_it()
    {
        for (int members = 1; members <= MaxMembers; members++)
        {
            List<ulong> voters = Ids(members);
            NodeSet set = NodeSet.Of(voters);
            // Each member was never heard (-1), or is at 0 to 3.
            foreach (int[] positions in Assignments(members, 5))
            {
                Dictionary<ulong, ulong> given = voters.Zip(positions).Where(pair => pair.Second > 0)
                    .ToDictionary(pair => pair.First, pair => (ulong)pair.Second - 1);
                Assert.Equal(NaiveCommitted(voters, given), Majority.Committed(set, new GivenIndexes(given)));
            }
        }
    }

    [Fact]
    public void A_vote_is_won_by_more_than_half_and_lost_when_that_is_out_of_reach()
    {
        for (int members = 1; members <= MaxMembers; members++)
        {
            List<ulong> voters = Ids(members);
            foreach (int[] votes in Assignments(members, 3))
            {
                Dictionary<ulong, bool> given = voters.Zip(votes).Where(pair => pair.Second > 0)
                    .ToDictionary(pair => pair.First, pair => pair.Second == 1);
                Assert.Equal(NaiveOutcome(voters, given), Majority.Outcome(NodeSet.Of(voters), new GivenVotes(given)));
            }
        }
    }

    [Fact]
    public void A_joint_decision_needs_both_halves()
    {
        List<ulong> all = Ids(MaxMembers);
        List<(int incoming, int outgoing, JointQuorum)> quorums = (
            from incoming in Enumerable.Range(1, (1 << MaxMembers) - 1)
            from outgoing in Enumerable.Range(0, 1 << MaxMembers)
            select (incoming, outgoing, new JointQuorum(Set(incoming), Set(outgoing)))).ToList();
        foreach (int[] votes in Assignments(MaxMembers, 3))
        {
            // 0: not voted or at 0, 1: yes or at 1, 2: no or at 2.
            GivenVotes given = new(
                all.Zip(votes).Where(pair => pair.Second > 0).ToDictionary(pair => pair.First, pair => pair.Second == 1));
            GivenIndexes indexes = new(all.Zip(votes).ToDictionary(pair => pair.First, pair => (ulong)pair.Second));
            int yes = Mask(votes, vote => vote == 1), open = Mask(votes, vote => vote < 2);
            int atOne = Mask(votes, vote => vote >= 1), atTwo = Mask(votes, vote => vote == 2);
            foreach ((int incoming, int outgoing, JointQuorum quorum) in quorums)
            {
                bool HaveBoth(int who) => IsMajority(who, incoming) && IsMajority(who, outgoing);
                VoteOutcome expected = HaveBoth(yes) ? VoteOutcome.Won : HaveBoth(open) ? VoteOutcome.Pending : VoteOutcome.Lost;
                ulong committed = HaveBoth(atTwo) ? 2UL : HaveBoth(atOne) ? 1UL : 0UL;
                if (expected != quorum.Outcome(given) || committed != quorum.Committed(indexes))
                {
                    Assert.Fail($"{quorum} with [{string.Join(' ', votes)}]: {quorum.Outcome(given)}, {quorum.Committed(indexes)}");
                }
            }
        }
    }

    [Fact]
    public void Any_two_quorums_of_a_joint_configuration_and_of_either_half_meet()
    {
        List<ulong> all = Ids(MaxMembers);
        foreach (List<ulong> incoming in Subsets(all).Where(set => set.Count > 0))
        {
            foreach (List<ulong> outgoing in Subsets(all).Where(set => set.Count > 0))
            {
                JointQuorum joint = new(NodeSet.Of(incoming), NodeSet.Of(outgoing));
                foreach (List<ulong> yes in Subsets(all))
                {
                    // Who won the joint vote leaves no majority in either half for anyone else.
                    bool won = joint.Outcome(new GivenVotes(all.ToDictionary(id => id, id => yes.Contains(id)))) == VoteOutcome.Won;
                    if (!won)
                    {
                        continue;
                    }

                    GivenVotes others = new(all.ToDictionary(id => id, id => !yes.Contains(id)));
                    Assert.Equal(VoteOutcome.Lost, Majority.Outcome(joint.Incoming, others));
                    Assert.Equal(VoteOutcome.Lost, Majority.Outcome(joint.Outgoing, others));
                }
            }
        }
    }

    [Fact]
    public void Large_sets_are_counted_like_small_ones()
    {
        List<ulong> voters = Enumerable.Range(1, 31).Select(id => (ulong)id).ToList();
        Dictionary<ulong, ulong> indexes = voters.ToDictionary(id => id, id => id * 10);
        Assert.Equal(160UL, Majority.Committed(NodeSet.Of(voters), new GivenIndexes(indexes)));
    }

    private static ulong NaiveCommitted(List<ulong> voters, Dictionary<ulong, ulong> indexes)
    {
        IOrderedEnumerable<ulong> candidates = indexes.Values.Append(0UL).Distinct().OrderDescending();
        return candidates.First(index => voters.Count(voter => indexes.GetValueOrDefault(voter) >= index) * 2 > voters.Count);
    }

    private static VoteOutcome NaiveOutcome(List<ulong> voters, Dictionary<ulong, bool> votes)
    {
        if (voters.Count(voter => votes.TryGetValue(voter, out bool vote) && vote) * 2 > voters.Count)
        {
            return VoteOutcome.Won;
        }

        return voters.Count(voter => !votes.TryGetValue(voter, out bool vote) || vote) * 2 > voters.Count
            ? VoteOutcome.Pending
            : VoteOutcome.Lost;
    }

    private static bool IsMajority(int who, int of) =>
        of == 0 || BitOperations.PopCount((uint)(who & of)) * 2 > BitOperations.PopCount((uint)of);

    private static int Mask(int[] votes, Func<int, bool> counts) => votes.Select((vote, i) => counts(vote) ? 1 << i : 0).Sum();

    private static NodeSet Set(int mask) => NodeSet.Of(Ids(MaxMembers).Where((_, i) => (mask >> i & 1) == 1));

    private static List<ulong> Ids(int members) => [.. Enumerable.Range(1, members).Select(id => (ulong)id)];

    private static IEnumerable<List<ulong>> Subsets(List<ulong> all) =>
        Enumerable.Range(0, 1 << all.Count).Select(bits => all.Where((_, i) => (bits >> i & 1) == 1).ToList());

    private static IEnumerable<int[]> Assignments(int members, int values)
    {
        int count = (int)Math.Pow(values, members);
        for (int code = 0; code < count; code++)
        {
            int[] assignment = new int[members];
            for (int i = 0, rest = code; i < members; i++, rest /= values)
            {
                assignment[i] = rest % values;
            }

            yield return assignment;
        }
    }
}
