using System.Numerics;

namespace Netcd.Raft.Tests;

/// <summary>Every configuration of up to five members against the plain definition of a majority.</summary>
public class ExhaustiveQuorumTests
{
    private const int MostMembers = 5;

    [Fact]
    public void A_position_is_committed_when_more_than_half_have_it()
    {
        for (var members = 1; members <= MostMembers; members++)
        {
            var voters = Ids(members);
            var set = NodeSet.Of(voters);
            // Each member was never heard (-1), or is at 0 to 3.
            foreach (var positions in Assignments(members, 5))
            {
                var given = voters.Zip(positions).Where(pair => pair.Second > 0).ToDictionary(pair => pair.First, pair => (ulong)pair.Second - 1);
                Assert.Equal(NaiveCommitted(voters, given), Majority.Committed(set, new GivenIndexes(given)));
            }
        }
    }

    [Fact]
    public void A_vote_is_won_by_more_than_half_and_lost_when_that_is_out_of_reach()
    {
        for (var members = 1; members <= MostMembers; members++)
        {
            var voters = Ids(members);
            foreach (var votes in Assignments(members, 3))
            {
                var given = voters.Zip(votes).Where(pair => pair.Second > 0).ToDictionary(pair => pair.First, pair => pair.Second == 1);
                Assert.Equal(NaiveOutcome(voters, given), Majority.Outcome(NodeSet.Of(voters), new GivenVotes(given)));
            }
        }
    }

    [Fact]
    public void A_joint_decision_needs_both_halves()
    {
        var all = Ids(MostMembers);
        var quorums = (from incoming in Enumerable.Range(1, (1 << MostMembers) - 1)
                       from outgoing in Enumerable.Range(0, 1 << MostMembers)
                       select (incoming, outgoing, new JointQuorum(Set(incoming), Set(outgoing)))).ToList();
        foreach (var votes in Assignments(MostMembers, 3))
        {
            // 0: not voted or at 0, 1: yes or at 1, 2: no or at 2.
            var given = new GivenVotes(all.Zip(votes).Where(pair => pair.Second > 0).ToDictionary(pair => pair.First, pair => pair.Second == 1));
            var indexes = new GivenIndexes(all.Zip(votes).ToDictionary(pair => pair.First, pair => (ulong)pair.Second));
            int yes = Mask(votes, vote => vote == 1), open = Mask(votes, vote => vote < 2);
            int atOne = Mask(votes, vote => vote >= 1), atTwo = Mask(votes, vote => vote == 2);
            foreach (var (incoming, outgoing, quorum) in quorums)
            {
                bool HaveBoth(int who) => IsMajority(who, incoming) && IsMajority(who, outgoing);
                var expected = HaveBoth(yes) ? VoteOutcome.Won : HaveBoth(open) ? VoteOutcome.Pending : VoteOutcome.Lost;
                var committed = HaveBoth(atTwo) ? 2UL : HaveBoth(atOne) ? 1UL : 0UL;
                if (expected != quorum.Outcome(given) || committed != quorum.Committed(indexes))
                    Assert.Fail($"{quorum} with [{string.Join(' ', votes)}]: {quorum.Outcome(given)}, {quorum.Committed(indexes)}");
            }
        }
    }

    [Fact]
    public void Any_two_quorums_of_a_joint_configuration_and_of_either_half_meet()
    {
        var all = Ids(MostMembers);
        foreach (var incoming in Subsets(all).Where(set => set.Count > 0))
        {
            foreach (var outgoing in Subsets(all).Where(set => set.Count > 0))
            {
                var joint = new JointQuorum(NodeSet.Of(incoming), NodeSet.Of(outgoing));
                foreach (var yes in Subsets(all))
                {
                    // Who won the joint vote leaves no majority in either half for anyone else.
                    var won = joint.Outcome(new GivenVotes(all.ToDictionary(id => id, id => yes.Contains(id)))) == VoteOutcome.Won;
                    if (!won)
                        continue;
                    var others = new GivenVotes(all.ToDictionary(id => id, id => !yes.Contains(id)));
                    Assert.Equal(VoteOutcome.Lost, Majority.Outcome(joint.Incoming, others));
                    Assert.Equal(VoteOutcome.Lost, Majority.Outcome(joint.Outgoing, others));
                }
            }
        }
    }

    [Fact]
    public void Large_sets_are_counted_like_small_ones()
    {
        var voters = Enumerable.Range(1, 31).Select(id => (ulong)id).ToList();
        var indexes = voters.ToDictionary(id => id, id => id * 10);
        Assert.Equal(160UL, Majority.Committed(NodeSet.Of(voters), new GivenIndexes(indexes)));
    }

    private static ulong NaiveCommitted(List<ulong> voters, Dictionary<ulong, ulong> indexes)
    {
        var candidates = indexes.Values.Append(0UL).Distinct().OrderDescending();
        return candidates.First(index => voters.Count(voter => indexes.GetValueOrDefault(voter) >= index) * 2 > voters.Count);
    }

    private static VoteOutcome NaiveOutcome(List<ulong> voters, Dictionary<ulong, bool> votes)
    {
        if (voters.Count(voter => votes.TryGetValue(voter, out var vote) && vote) * 2 > voters.Count)
            return VoteOutcome.Won;
        return voters.Count(voter => !votes.TryGetValue(voter, out var vote) || vote) * 2 > voters.Count ? VoteOutcome.Pending : VoteOutcome.Lost;
    }

    private static bool IsMajority(int who, int of) => of == 0 || BitOperations.PopCount((uint)(who & of)) * 2 > BitOperations.PopCount((uint)of);

    private static int Mask(int[] votes, Func<int, bool> counts) => votes.Select((vote, i) => counts(vote) ? 1 << i : 0).Sum();

    private static NodeSet Set(int mask) => NodeSet.Of(Ids(MostMembers).Where((_, i) => (mask >> i & 1) == 1));

    private static List<ulong> Ids(int members) => [.. Enumerable.Range(1, members).Select(id => (ulong)id)];

    private static IEnumerable<List<ulong>> Subsets(List<ulong> all) =>
        Enumerable.Range(0, 1 << all.Count).Select(bits => all.Where((_, i) => (bits >> i & 1) == 1).ToList());

    private static IEnumerable<int[]> Assignments(int members, int values)
    {
        var count = (int)Math.Pow(values, members);
        for (var code = 0; code < count; code++)
        {
            var assignment = new int[members];
            for (int i = 0, rest = code; i < members; i++, rest /= values)
                assignment[i] = rest % values;
            yield return assignment;
        }
    }
}
