namespace Netcd.Raft.Tests.Membership;

/// <summary>
/// Every configuration that can be reached with up to five members, by every change of one and of two, against a plain model with sets.
/// </summary>
public class ExhaustiveConfChangeTests
{
    private const ulong Members = 5;

    [Fact]
    public void Every_change_of_every_reachable_configuration_does_what_the_plain_model_does()
    {
        ConfigurationResult start = Change(
            Configuration.Empty, ProgressTable.Empty, changer => changer.Simple(new ConfChangeSingle(ConfChangeType.AddNode, 1)));
        Dictionary<string, ConfigurationResult> seen = new() { [start.Configuration.ToString()] = start };
        Queue<ConfigurationResult> queue = new([start]);
        int changes = 0;
        while (queue.TryDequeue(out ConfigurationResult at))
        {
            foreach ((string? model, ConfigurationResult next) in Steps(at))
            {
                changes++;
                Assert.Equal(model is null, next.Error is not null);
                if (model is null)
                {
                    continue;
                }

                Assert.Equal(model, next.Configuration.ToString());
                CheckInvariants(next);
                if (seen.TryAdd(model, next))
                {
                    queue.Enqueue(next);
                }
            }
        }

        Assert.True(seen.Count > 1000, $"{seen.Count} configurations reached");
        Assert.True(changes > 50_000, $"{changes} changes tried");
    }

    [Fact]
    public void What_a_configuration_is_stored_as_restores_it()
    {
        foreach (ulong[] voters in Subsets().Where(set => set.Length > 0))
        {
            foreach (ulong[] outgoing in Subsets())
            {
                foreach (ulong learner in outgoing.Except(voters).Prepend(0UL))
                {
                    ConfState state = new()
                    {
                        Voters = voters,
                        VotersOutgoing = outgoing,
                        LearnersNext = learner == 0 ? [] : [learner],
                        Learners = voters.Concat(outgoing).Contains(5UL) ? [] : [5],
                        AutoLeave = outgoing.Length > 1,
                    };
                    ConfigurationResult result = ConfigurationRestore.From(state, NewProgress);
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
        foreach (ulong[] voters in Subsets().Where(set => set.Length > 0))
        {
            ConfState state = new() { Voters = voters, Learners = voters.Contains(5UL) ? [] : [5] };
            ConfigurationResult before = ConfigurationRestore.From(state, NewProgress);
            foreach (ConfChangeSingle single in AllSingles())
            {
                ConfChangeV2[] changes =
                [
                    new() { Changes = [single] },
                    new() { Changes = [single], Transition = ConfChangeTransition.JointExplicit },
                ];
                foreach (ConfChangeV2 change in changes)
                {
                    ConfigurationResult expected = Change(before.Configuration, before.Members, changer => changer.Apply(change));
                    if (expected.Error is not null)
                    {
                        Assert.Throws<RaftInvariantException>(() => state.After(change));
                    }
                    else
                    {
                        Assert.True(expected.Configuration.ToConfState().IsEquivalentTo(state.After(change)), $"{state} after {single}");
                    }
                }
            }
        }
    }

    [Fact]
    public void A_void_change_changes_nothing()
    {
        ConfigurationResult one = Change(
            Configuration.Empty, ProgressTable.Empty, changer => changer.Simple(new ConfChangeSingle(ConfChangeType.AddNode, 1)));
        ConfigurationResult same = Change(
            one.Configuration, one.Members, changer => changer.Simple(new ConfChangeSingle(ConfChangeType.RemoveNode, 0)));
        Assert.Equal("voters=(1)", same.Configuration.ToString());
    }

    private static IEnumerable<(string? Model, ConfigurationResult Result)> Steps(ConfigurationResult at)
    {
        List<ConfChangeSingle> singles = AllSingles().ToList();
        foreach (ConfChangeSingle single in singles)
        {
            yield return (Model.Of(at.Configuration).Simple(single),
                Change(at.Configuration, at.Members, changer => changer.Simple(single)));
        }

        yield return (Model.Of(at.Configuration).Leave(), Change(at.Configuration, at.Members, changer => changer.LeaveJoint()));
        if (at.Configuration.IsJoint)
        {
            yield return (null, Change(at.Configuration, at.Members, changer => changer.EnterJoint(true, singles[0])));
            yield break;
        }

        foreach (ConfChangeSingle first in singles)
        {
            foreach (ConfChangeSingle second in singles)
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
        (JointQuorum voters, NodeSet learners, NodeSet learnersNext, bool autoLeave) = result.Configuration;
        Assert.DoesNotContain(learners, voters.Contains);
        Assert.All(learnersNext, id => Assert.True(voters.Outgoing.Contains(id) && !voters.Incoming.Contains(id)));
        Assert.False(autoLeave && !voters.IsJoint);
        Assert.Equal(voters.All.Union(learners), NodeSet.Of(result.Members.Ids.ToArray()));
        Assert.All(result.Members.Ids.ToArray(), id => Assert.Equal(learners.Contains(id), result.Members[id]!.IsLearner));
    }

    private static ConfigurationResult Change(
        Configuration configuration, ProgressTable members, Func<ConfigurationChanger, ConfigurationResult> change) =>
        change(new ConfigurationChanger(configuration, members, NewProgress));

    private static Progress NewProgress(bool isLearner) => new(0, 1, new Inflights(1, 0), isLearner, recentActive: true);

    private static IEnumerable<ulong[]> Subsets() =>
        Enumerable.Range(0, 1 << 4)
            .Select(bits => Enumerable.Range(1, 4).Where(id => (bits >> (id - 1) & 1) == 1).Select(id => (ulong)id).ToArray());

    /// <summary>What the rules say, with sets and no progress.</summary>
    private sealed class Model
    {
        private SortedSet<ulong> @in = [];
        private SortedSet<ulong> @out = [];
        private SortedSet<ulong> learners = [];
        private SortedSet<ulong> next = [];
        private bool autoLeave;

        public static Model Of(Configuration configuration) => new()
        {
            @in = [.. configuration.Voters.Incoming],
            @out = [.. configuration.Voters.Outgoing],
            learners = [.. configuration.Learners],
            next = [.. configuration.LearnersNext],
            autoLeave = configuration.AutoLeave,
        };

        public string? Simple(ConfChangeSingle change)
        {
            if (@out.Count > 0)
            {
                return null;
            }

            Do(change);
            return @in.Count == 0 ? null : ToString();
        }

        public string? Enter(bool autoLeave, params ConfChangeSingle[] changes)
        {
            if (@out.Count > 0)
            {
                return null;
            }

            @out = [.. @in];
            foreach (ConfChangeSingle change in changes)
            {
                Do(change);
            }

            this.autoLeave = autoLeave;
            return @in.Count == 0 ? null : ToString();
        }

        public string? Leave()
        {
            if (@out.Count == 0)
            {
                return null;
            }

            learners.UnionWith(next);
            next.Clear();
            @out.Clear();
            autoLeave = false;
            return ToString();
        }

        public override string ToString() =>
            $"voters={Set(@in)}{(@out.Count > 0 ? "&&" + Set(@out) : "")}{(learners.Count > 0 ? " learners=" + Set(learners) : "")}" +
            $"{(next.Count > 0 ? " learners_next=" + Set(next) : "")}{(autoLeave ? " autoleave" : "")}";

        private static string Set(SortedSet<ulong> ids) => $"({string.Join(' ', ids)})";

        private void Do(ConfChangeSingle change)
        {
            ulong id = change.NodeId;
            if (change.Type == ConfChangeType.UpdateNode)
            {
                return;
            }

            if (change.Type == ConfChangeType.AddLearnerNode && learners.Contains(id))
            {
                return;
            }

            @in.Remove(id);
            learners.Remove(id);
            next.Remove(id);
            if (change.Type == ConfChangeType.AddNode)
            {
                @in.Add(id);
            }
            else if (change.Type == ConfChangeType.AddLearnerNode)
            {
                (@out.Contains(id) ? next : learners).Add(id);
            }
        }
    }
}
