using Netcd.Engine.Membership;
using Netcd.Engine.Snapshots;
using Netcd.Engine.Starting;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;
using FileConfState = Netcd.Storage.Snapshots.ConfState;

namespace Netcd.Engine.Tests.Node;

/// <summary>Raft's configuration at an entry, out of the raft snapshot and the log behind it.</summary>
public sealed class LoggedConfigurationTests
{
    private readonly List<WalEntry> entries = [];
    private ulong next = 1;

    [Fact]
    public void From_the_beginning_every_change_up_to_the_entry_counts_and_none_behind_it()
    {
        Add(Voter(1));
        Add(Voter(2));
        AddNormal();
        Add(Learner(3));
        Add(Promotion(3));
        Add(Removal(1));
        AssertAt(0, [], []);
        AssertAt(1, [1], []);
        AssertAt(3, [1, 2], []);
        AssertAt(4, [1, 2], [3]);
        AssertAt(5, [1, 2, 3], []);
        AssertAt(6, [2, 3], []);
    }

    [Fact]
    public void A_snapshot_is_what_the_log_behind_it_goes_on_from()
    {
        SnapshotFile snapshot = Snapshot(40, voters: [1, 2], learners: [3]);
        next = 41;
        Add(Promotion(3));
        AddNormal();
        AssertAt(40, [1, 2], [3], snapshot);
        AssertAt(42, [1, 2, 3], [], snapshot);
    }

    [Fact]
    public void A_change_that_was_refused_changes_nothing()
    {
        SnapshotFile snapshot = Snapshot(40, voters: [1, 2], learners: [], removed: [9]);
        next = 41;
        Add(Voter(9));
        Add(Voter(5) with { Urls = ["http://host1:1"] });
        Add(Voter(2));
        Add(Promotion(2));
        Add(Promotion(7));
        Add(Removal(8));
        Add(Removal(2));
        Add(Voter(2));
        Add(Removal(1));
        AssertAt(46, [1, 2], [], snapshot);
        AssertAt(49, [1], [], snapshot);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_learner_counts_that_the_backend_knows_whatever_number_is_allowed_today(bool isKnown)
    {
        SnapshotFile snapshot = Snapshot(40, voters: [1], learners: [3]);
        next = 41;
        Add(Learner(4));
        ClusterMembers held = ClusterMembers.Of([Member(1, isLearner: false), Member(3, isLearner: true)], []);
        held = isKnown ? held.With(Member(4, isLearner: true), []) : held;
        LoggedConfiguration found = LoggedConfiguration.At(41, snapshot, entries, held);
        Assert.Equal(isKnown ? [3, 4] : [3UL], found.Configuration.ConfState.Learners);
        Assert.Equal(isKnown, found.Configuration.Members.Find(4) is not null);
    }

    [Fact]
    public void A_snapshot_that_names_no_members_is_completed_by_the_backend()
    {
        SnapshotFile snapshot = Snapshot(40, voters: [1, 2], learners: [3]) with { Data = default };
        next = 41;
        Add(Promotion(3));
        Add(Removal(1));
        LoggedConfiguration found = LoggedConfiguration.At(42, snapshot, entries, ClusterMembers.Of([Member(2, isLearner: false)], []));
        Assert.False(found.NamesMembers);
        Assert.Equal([2, 3], found.Configuration.ConfState.Voters);
        Assert.Empty(found.Configuration.ConfState.Learners);
    }

    [Fact]
    public void What_makes_no_sense_is_passed_over_as_where_entries_are_applied()
    {
        SnapshotFile snapshot = Snapshot(40, voters: [1, 2], learners: []);
        next = 41;
        entries.Add(new WalEntry((int)EntryType.ConfChange, 2, next++, new byte[] { 0xff }));
        entries.Add(
            new WalEntry((int)EntryType.ConfChange, 2, next++, RaftWire.Encode(new ConfChange { NodeId = 7, Context = "{}"u8.ToArray() })));
        ConfChangeV2 joint = new()
        {
            Transition = ConfChangeTransition.JointExplicit,
            Changes = [new ConfChangeSingle(ConfChangeType.AddNode, 3), new ConfChangeSingle(ConfChangeType.AddLearnerNode, 1)],
        };
        entries.Add(new WalEntry((int)EntryType.ConfChangeV2, 2, next++, RaftWire.Encode(joint)));
        Raft.ConfState found = LoggedConfiguration.At(43, snapshot, entries, ClusterMembers.Empty).Configuration.ConfState;
        Assert.Equal([1, 2], found.Voters);
        Assert.Empty(found.VotersOutgoing);
    }

    private void AssertAt(ulong index, ulong[] voters, ulong[] learners, SnapshotFile? snapshot = null)
    {
        ClusterConfiguration found =
            LoggedConfiguration.At(index, snapshot, entries, ClusterMembers.Of([Member(3, isLearner: true)], [])).Configuration;
        Assert.Equal(voters, found.ConfState.Voters);
        Assert.Equal(learners, found.ConfState.Learners);
        Assert.Equal(voters.Concat(learners).Order(), found.Members.Members.Select(static member => member.Id));
        Assert.Equal(learners, found.Members.Members.Where(static member => member.IsLearner).Select(static member => member.Id));
    }

    private static SnapshotFile Snapshot(ulong index, ulong[] voters, ulong[] learners, params ulong[] removed) => new(
        index,
        2,
        new FileConfState { Voters = voters, Learners = learners },
        SnapshotKeeper.EncodeMembers(ClusterMembers.Of(
            [.. voters.Select(static id => Member(id, isLearner: false)), .. learners.Select(static id => Member(id, isLearner: true))],
            removed)));

    private static Member Member(ulong id, bool isLearner) => new(id, $"m{id}", [$"http://host{id}:1"], [], isLearner);

    private static Step Voter(ulong id) => new(ConfChangeType.AddNode, id, [$"http://host{id}:1"]);

    private static Step Learner(ulong id) => new(ConfChangeType.AddLearnerNode, id, [$"http://host{id}:1"]);

    private static Step Promotion(ulong id) => new(ConfChangeType.AddNode, id, [$"http://host{id}:1"], IsPromotion: true);

    private static Step Removal(ulong id) => new(ConfChangeType.RemoveNode, id, []);

    private void Add(Step step)
    {
        MemberChange carried = new(new Member(step.Id, "", step.Urls, [], step.Type == ConfChangeType.AddLearnerNode), step.IsPromotion);
        byte[] context = step.Type == ConfChangeType.RemoveNode ? [] : carried.ToJson();
        byte[] data = RaftWire.Encode(new ConfChange { Type = step.Type, NodeId = step.Id, Context = context });
        entries.Add(new WalEntry((int)EntryType.ConfChange, 2, next++, data));
    }

    private void AddNormal() => entries.Add(new WalEntry((int)EntryType.Normal, 2, next++, "x"u8.ToArray()));

    private sealed record Step(ConfChangeType Type, ulong Id, string[] Urls, bool IsPromotion = false);
}
