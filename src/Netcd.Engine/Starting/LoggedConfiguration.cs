using Netcd.Engine.Apply;
using Netcd.Engine.Membership;
using Netcd.Engine.Snapshots;
using Netcd.Raft;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;
using ConfState = Netcd.Raft.ConfState;

namespace Netcd.Engine.Starting;

/// <summary>
/// The configuration as raft itself comes to it: that of its newest snapshot, and every change behind that which the rules admitted.
/// etcd starts from this one, and its tools write it when they make a data directory; the note in the backend they leave as it was.
/// </summary>
/// <param name="Configuration">What the snapshot and the entries make up.</param>
/// <param name="NamesMembers">Whether the snapshot has the members too, and not their ids alone.</param>
internal sealed record LoggedConfiguration(ClusterConfiguration Configuration, bool NamesMembers)
{
    /// <summary>The configuration after the entry at an index.</summary>
    /// <param name="index">The entry, not before the snapshot.</param>
    /// <param name="snapshot">The newest raft snapshot; null where the log begins with its first entry.</param>
    /// <param name="entries">The log behind the snapshot.</param>
    /// <param name="held">The members that the backend holds as of that entry.</param>
    /// <exception cref="InvalidDataException">The log holds a change that contradicts those before it.</exception>
    public static LoggedConfiguration At(ulong index, SnapshotFile? snapshot, IReadOnlyList<WalEntry> entries, ClusterMembers held)
    {
        LoggedConfiguration start = AtSnapshot(snapshot, held);

        // How many learners were allowed may have been set otherwise when a learner was refused: then the backend has never heard of it.
        int MaxLearners(ulong id) => held.Find(id) is not null || held.IsRemoved(id) ? int.MaxValue : 0;
        return start with { Configuration = Advance(start.Configuration, entries.TakeWhile(entry => entry.Index <= index), MaxLearners) };
    }

    /// <summary>The configuration after more entries of the log.</summary>
    /// <param name="configuration">The one before them.</param>
    /// <param name="entries">What follows.</param>
    /// <param name="maxLearners">Learners that the cluster may have when the member of that id is added.</param>
    /// <exception cref="InvalidDataException">The log holds a change that contradicts those before it.</exception>
    public static ClusterConfiguration Advance(
        ClusterConfiguration configuration, IEnumerable<WalEntry> entries, Func<ulong, int> maxLearners)
    {
        foreach (WalEntry entry in entries)
        {
            try
            {
                configuration = After(configuration, entry, maxLearners);
            }
            catch (RaftInvariantException failure)
            {
                throw new InvalidDataException(
                    $"entry {entry.Index} holds no change of the configuration that can follow: {failure.Message}", failure);
            }
        }

        return configuration;
    }

    private static ClusterConfiguration After(ClusterConfiguration before, in WalEntry entry, Func<ulong, int> maxLearners)
    {
        // What makes no sense is passed over here as it is where entries are applied.
        return (EntryType)entry.Type == EntryType.ConfChange && EntrySense.TryReadChange(entry.Data, out ConfChange change, out _)
            ? before.After(change, maxLearners(change.NodeId), [], out _)
            : before;
    }

    private static LoggedConfiguration AtSnapshot(SnapshotFile? snapshot, ClusterMembers held)
    {
        if (snapshot is null)
        {
            return new LoggedConfiguration(ClusterConfiguration.Empty, NamesMembers: true);
        }

        ConfState confState = SnapshotKeeper.ToRaft(snapshot.ConfState);
        return SnapshotKeeper.TryDecodeMembers(snapshot.Data) is { } named
            ? new LoggedConfiguration(new ClusterConfiguration(confState, named), NamesMembers: true)
            : new LoggedConfiguration(new ClusterConfiguration(confState, ByIds(confState, held)), NamesMembers: false);
    }

    /// <summary>A snapshot of a later version of etcd need not have the members: what is missing is as the backend has it.</summary>
    private static ClusterMembers ByIds(ConfState confState, ClusterMembers held)
    {
        Member Named(ulong id, bool isLearner) => (held.Find(id) ?? new Member(id, "", [], [], isLearner)) with { IsLearner = isLearner };
        IEnumerable<ulong> voters = confState.Voters.Union(confState.VotersOutgoing);
        return ClusterMembers.Of(
            [.. voters.Select(id => Named(id, isLearner: false)), .. confState.Learners.Select(id => Named(id, isLearner: true))], []);
    }
}
