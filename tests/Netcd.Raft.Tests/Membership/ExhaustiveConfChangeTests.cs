namespace Netcd.Raft.Tests;

/// <summary>
/// Every configuration that can be reached with up to five members, by every change of one and of two, against a plain model with sets.
/// </summary>
public class ExhaustiveConfChangeTests
{
    private const ulong Members = 5;

    [Fact]
    public void Every_change_of_every_reachable_configuration_does_what_the_plain_model_does()
    {
        var start = Change(Configuration.Empty, ProgressTable.Empty, changer => changer.Simple(new ConfChangeSingle(ConfChangeType.AddNode, 1)));
        var seen = new Dictionary<string, ConfigurationResult> { [start.Configuration.ToString()] = start };
        var queue = new Queue<ConfigurationResult>([start]);
        var changes = 0;
        while (queue.TryDequeue(out var at))
        {
            foreach (var (model, next) in Steps(at))
            {
                changes++;
                Assert.Equal(model is null, next.Error is not null);
                if (model is null)
                    continue;
                Assert.Equal(model, next.Configuration.ToString());
                CheckInvariants(next);
                if (seen.TryAdd(model, next))
                    queue.Enqueue(next);
            }
        }

        Assert.True(seen.Count > 1000, $"{seen.Count} configurations reached");
        Assert.True(changes > 50_000, $"{changes} changes tried");
    }

    [Fact]
    public void What_a_configuration_is_stored_as_restores_it()
    {
        foreach (var voters in Subsets().Where(set => set.Length > 0))
        {
            foreach (var outgoing in Subsets())
            {
                foreach (var learner in outgoing.Except(voters).Prepend(0UL))
                {
                    var state = new ConfState
                    {
                        Voters = voters,
                        VotersOutgoing = outgoing,
                        LearnersNext = learner == 0 ? [] : [learner],
                        Learners = voters.Concat(outgoing).Contains(5UL) ? [] : [5],
                        AutoLeave = outgoing.Length > 1,
                    };
                    var result = ConfigurationRestore.From(state, NewProgress);
                    Assert.Null(result.Error);
                    Assert.True(state.IsEquivalentTo(result.Configuration.ToConfState()), $"{state} restored as {result.Configuration}");
                    CheckInvariants(result);
                }
            }
        }
    }

    [Fact]
    public void A_stored_configuration_comes_to_the_same_by_a_change_as_a_node_does()
    {
        foreach (var voters in Subsets().Where(set => set.Length > 0))
        {
            var state = new ConfState { Voters = voters, Learners = voters.Contains(5UL) ? [] : [5] };
            var before = ConfigurationRestore.From(state, NewProgress);
            foreach (var single in AllSingles())
            {
                ConfChangeV2[] changes =
                [
                    new() { Changes = [single] },
                    new() { Changes = [single], Transition = ConfChangeTransition.JointExplicit },
                ];
                foreach (var change in changes)
                {
                    var expected = Change(before.Configuration, before.Members, changer => changer.Apply(change));
                    if (expected.Error is not null)
                        Assert.Throws<RaftInvariantException>(() => state.After(change));
                    else
                        Assert.True(expected.Configuration.ToConfState().IsEquivalentTo(state.After(change)), $"{state} after {single}");
                }
            }
        }
    }

    [Fact]
    public void A_void_change_changes_nothing()
    {
        var one = Change(Configuration.Empty, ProgressTable.Empty, changer => changer.Simple(new ConfChangeSingle(ConfChangeType.AddNode, 1)));
        var same = Change(one.Configuration, one.Members, changer => changer.Simple(new ConfChangeSingle(ConfChangeType.RemoveNode, 0)));
        Assert.Equal("voters=(1)", same.Configuration.ToString());
    }

    private static IEnumerable<(string? Model, ConfigurationResult Result)> Steps(ConfigurationResult at)
    {
        var singles = AllSingles().ToList();
        foreach (var single in singles)
            yield return (Model.Of(at.Configuration).Simple(single), Change(at.Configuration, at.Members, changer => changer.Simple(single)));
        yield return (Model.Of(at.Configuration).Leave(), Change(at.Configuration, at.Members, changer => changer.LeaveJoint()));
        if (at.Configuration.IsJoint)
        {
            yield return (null, Change(at.Configuration, at.Members, changer => changer.EnterJoint(true, singles[0])));
            yield break;
        }

        foreach (var first in singles)
        {
            foreach (var second in singles)
            {
                yield return (
                    Model.Of(at.Configuration).Enter(first.NodeId % 2 == 0, first, second),
                    Change(at.Configuration, at.Members, changer => changer.EnterJoint(first.NodeId % 2 == 0, first, second)));
            }
        }
    }

    private static IEnumerable<ConfChangeSingle> AllSingles() =>
        from id in Enumerable.Range(1, (int)Members)
        from type in new[] { ConfChangeType.AddNode, ConfChangeType.RemoveNode, ConfChangeType.AddLearnerNode, ConfChangeType.UpdateNode }
        select new ConfChangeSingle(type, (ulong)id);

    private static void CheckInvariants(ConfigurationResult result)
    {
        var (voters, learners, learnersNext, autoLeave) = result.Configuration;
        Assert.DoesNotContain(learners, voters.Contains);
        Assert.All(learnersNext, id => Assert.True(voters.Outgoing.Contains(id) && !voters.Incoming.Contains(id)));
        Assert.False(autoLeave && !voters.IsJoint);
        Assert.Equal(voters.All.Union(learners), NodeSet.Of(result.Members.Ids.ToArray()));
        Assert.All(result.Members.Ids.ToArray(), id => Assert.Equal(learners.Contains(id), result.Members[id]!.IsLearner));
    }

    private static ConfigurationResult Change(Configuration configuration, ProgressTable members, Func<ConfigurationChanger, ConfigurationResult> change) =>
        change(new ConfigurationChanger(configuration, members, NewProgress));

    private static Progress NewProgress(bool isLearner) => new(0, 1, new Inflights(1, 0), isLearner, recentActive: true);

    private static IEnumerable<ulong[]> Subsets() =>
        Enumerable.Range(0, 1 << 4).Select(bits => Enumerable.Range(1, 4).Where(id => (bits >> (id - 1) & 1) == 1).Select(id => (ulong)id).ToArray());

    /// <summary>What the rules say, with sets and no progress.</summary>
    private sealed class Model
    {
        private SortedSet<ulong> _in = [];
        private SortedSet<ulong> _out = [];
        private SortedSet<ulong> _learners = [];
        private SortedSet<ulong> _next = [];
        private bool _autoLeave;

        public static Model Of(Configuration configuration) => new()
        {
            _in = [.. configuration.Voters.Incoming],
            _out = [.. configuration.Voters.Outgoing],
            _learners = [.. configuration.Learners],
            _next = [.. configuration.LearnersNext],
            _autoLeave = configuration.AutoLeave,
        };

        public string? Simple(ConfChangeSingle change)
        {
            if (_out.Count > 0)
                return null;
            Do(change);
            return _in.Count == 0 ? null : ToString();
        }

        public string? Enter(bool autoLeave, params ConfChangeSingle[] changes)
        {
            if (_out.Count > 0)
                return null;
            _out = [.. _in];
            foreach (var change in changes)
                Do(change);
            _autoLeave = autoLeave;
            return _in.Count == 0 ? null : ToString();
        }

        public string? Leave()
        {
            if (_out.Count == 0)
                return null;
            _learners.UnionWith(_next);
            _next.Clear();
            _out.Clear();
            _autoLeave = false;
            return ToString();
        }

        public override string ToString() =>
            $"voters={Set(_in)}{(_out.Count > 0 ? "&&" + Set(_out) : "")}{(_learners.Count > 0 ? " learners=" + Set(_learners) : "")}" +
            $"{(_next.Count > 0 ? " learners_next=" + Set(_next) : "")}{(_autoLeave ? " autoleave" : "")}";

        private static string Set(SortedSet<ulong> ids) => $"({string.Join(' ', ids)})";

        private void Do(ConfChangeSingle change)
        {
            var id = change.NodeId;
            if (change.Type == ConfChangeType.UpdateNode)
                return;
            if (change.Type == ConfChangeType.AddLearnerNode && _learners.Contains(id))
                return;
            _in.Remove(id);
            _learners.Remove(id);
            _next.Remove(id);
            if (change.Type == ConfChangeType.AddNode)
                _in.Add(id);
            else if (change.Type == ConfChangeType.AddLearnerNode)
                (_out.Contains(id) ? _next : _learners).Add(id);
        }
    }
}
