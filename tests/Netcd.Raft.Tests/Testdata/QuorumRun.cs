using System.Globalization;
using System.Text;
using Netcd.Raft.Tests.Quorum;
using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>Runs the commands <c>committed</c> and <c>vote</c> on a majority or a joint majority.</summary>
internal static class QuorumRun
{
    public static string Run(TextCase test)
    {
        bool isJoint = test.Values("cfgj").Count > 0;
        List<ulong> incoming = Ids(test, "cfg");
        List<ulong> outgoing = test.Value("cfgj") == "zero" ? [] : Ids(test, "cfgj");
        JointQuorum quorum = new(NodeSet.Of(incoming), NodeSet.Of(outgoing));
        JointQuorum swapped = new(quorum.Outgoing, quorum.Incoming);
        IReadOnlyList<string> values = test.Values(test.Command == "vote" ? "votes" : "idx");
        List<ulong> voters = incoming.Concat(outgoing).Distinct().ToList();
        if (voters.Count != values.Count)
        {
            string map = string.Join(' ', voters.Order().Select(id => $"{id}:{{}}"));
            string asked = string.Join(' ', values.Select(value => value == "_" ? "0" : value));
            return $"error: mismatched input (explicit or _) for voters map[{map}]: [{asked}]";
        }

        Dictionary<ulong, string> given = voters.Zip(values).Where(pair => pair.Second != "_")
            .ToDictionary(pair => pair.First, pair => pair.Second);
        if (test.Command == "vote")
        {
            GivenVotes votes = new(given.ToDictionary(pair => pair.Key, pair => pair.Value == "y"));
            VoteOutcome outcome = isJoint ? quorum.Outcome(votes) : Majority.Outcome(quorum.Incoming, votes);
            Assert.Equal(outcome, isJoint ? swapped.Outcome(votes) : quorum.Outcome(votes));
            return $"Vote{outcome}";
        }

        GivenIndexes indexes = new(given.ToDictionary(pair => pair.Key, pair => ulong.Parse(pair.Value, CultureInfo.InvariantCulture)));
        ulong committed = isJoint ? quorum.Committed(indexes) : Majority.Committed(quorum.Incoming, indexes);
        Assert.Equal(committed, isJoint ? swapped.Committed(indexes) : quorum.Committed(indexes));
        return Table(isJoint ? quorum.All : quorum.Incoming, indexes) + Index(committed);
    }

    private static string Index(ulong index) => index == ulong.MaxValue ? "∞" : index.ToString(CultureInfo.InvariantCulture);

    private static List<ulong> Ids(TextCase test, string key) =>
        [.. test.Values(key).Select(value => ulong.Parse(value, CultureInfo.InvariantCulture))];

    // Each voter's index with a bar as long as how many voters lie below it.
    private static string Table(NodeSet voters, GivenIndexes indexes)
    {
        if (voters.Count == 0)
        {
            return "<empty majority quorum>";
        }

        StringBuilder text = new(new string(' ', voters.Count) + "    idx\n");
        foreach (ulong id in voters)
        {
            bool known = indexes.TryGet(id, out ulong index);
            int below = voters.Count(other => (indexes.TryGet(other, out ulong value) ? value : 0) < index);
            string bar = known ? new string('x', below) + ">" + new string(' ', voters.Count - below) : "?" + new string(' ', voters.Count);
            text.Append(CultureInfo.InvariantCulture, $"{bar} {index,5}    (id={id:x})\n");
        }

        return text.ToString();
    }
}
