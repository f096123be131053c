using System.Globalization;
using System.Text;
using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>Runs the commands <c>committed</c> and <c>vote</c> on a majority or a joint majority.</summary>
internal static class QuorumRun
{
    public static string Run(TextCase test)
    {
        var isJoint = test.Values("cfgj").Count > 0;
        var incoming = Ids(test, "cfg");
        var outgoing = test.Value("cfgj") == "zero" ? [] : Ids(test, "cfgj");
        var quorum = new JointQuorum(NodeSet.Of(incoming), NodeSet.Of(outgoing));
        var swapped = new JointQuorum(quorum.Outgoing, quorum.Incoming);
        var values = test.Values(test.Command == "vote" ? "votes" : "idx");
        var voters = incoming.Concat(outgoing).Distinct().ToList();
        if (voters.Count != values.Count)
        {
            var map = string.Join(' ', voters.Order().Select(id => $"{id}:{{}}"));
            return $"error: mismatched input (explicit or _) for voters map[{map}]: [{string.Join(' ', values.Select(value => value == "_" ? "0" : value))}]";
        }

        var given = voters.Zip(values).Where(pair => pair.Second != "_").ToDictionary(pair => pair.First, pair => pair.Second);
        if (test.Command == "vote")
        {
            var votes = new GivenVotes(given.ToDictionary(pair => pair.Key, pair => pair.Value == "y"));
            var outcome = isJoint ? quorum.Outcome(votes) : Majority.Outcome(quorum.Incoming, votes);
            Assert.Equal(outcome, isJoint ? swapped.Outcome(votes) : quorum.Outcome(votes));
            return $"Vote{outcome}";
        }

        var indexes = new GivenIndexes(given.ToDictionary(pair => pair.Key, pair => ulong.Parse(pair.Value, CultureInfo.InvariantCulture)));
        var committed = isJoint ? quorum.Committed(indexes) : Majority.Committed(quorum.Incoming, indexes);
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
            return "<empty majority quorum>";
        var text = new StringBuilder(new string(' ', voters.Count) + "    idx\n");
        foreach (var id in voters)
        {
            var known = indexes.TryGet(id, out var index);
            var below = voters.Count(other => (indexes.TryGet(other, out var value) ? value : 0) < index);
            var bar = known ? new string('x', below) + ">" + new string(' ', voters.Count - below) : "?" + new string(' ', voters.Count);
            text.Append(CultureInfo.InvariantCulture, $"{bar} {index,5}    (id={id:x})\n");
        }

        return text.ToString();
    }
}
