using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Starting;

/// <summary>
/// Has the backend agree with the log on what both hold: raft's configuration, the members and the term at the consistent index.
/// They differ where a tool has made the directory out of a backup: it writes a log and a snapshot for the new cluster, and not all of
/// the backend. What the backend holds is sent to other members and read by the next start, so it is put right before anything else.
/// </summary>
internal static class BackendAgreement
{
    /// <summary>Compares the two; where they differ the log is right, and a commit puts the backend right.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="view">Its state, which the view returned takes the place of.</param>
    /// <param name="snapshot">The newest raft snapshot, or null.</param>
    /// <param name="entries">The log behind it.</param>
    /// <param name="log">Where a difference is reported.</param>
    /// <param name="differed">Whether they differed.</param>
    /// <exception cref="InvalidDataException">The backend is ahead of the log.</exception>
    public static BackendView Settle(
        BackendDirectory backend, BackendView view, SnapshotFile? snapshot, IReadOnlyList<WalEntry> entries, ILogger log, out bool differed)
    {
        BackendPosition position = BackendPosition.Read(view);
        ulong term = TermAt(position.Index, snapshot, entries);
        ClusterMembers held = ClusterMembers.Restore(view);
        LoggedConfiguration logged = LoggedConfiguration.At(position.Index, snapshot, entries, held);
        List<BucketChange> changes = [];
        if (!logged.Configuration.ConfState.IsEquivalentTo(position.ConfState))
        {
            changes.Add(new BucketChange(
                Schema.Meta.ToArray(), Schema.ConfState.ToArray(), ConfStateJson.Encode(logged.Configuration.ConfState)));
        }

        if (logged.NamesMembers)
        {
            held.Follow(logged.Configuration.Members, changes);
        }

        differed = changes.Count > 0 || term != position.Term;
        if (!differed)
        {
            return view;
        }

        view.Release();
        backend.File.Commit(new BackendBatch { Changes = changes, ConsistentIndex = position.Index, Term = term });
        log.CorrectedConfiguration(logged.Configuration.ConfState, position.Index, term);
        return backend.File.OpenView();
    }

    private static ulong TermAt(ulong index, SnapshotFile? snapshot, IReadOnlyList<WalEntry> entries)
    {
        ulong first = snapshot?.Index ?? 0;
        if (index == first)
        {
            return snapshot?.Term ?? 0;
        }

        // The snapshot is never ahead of the backend, and the log has no gaps.
        return index - first <= (ulong)entries.Count
            ? entries[(int)(index - first - 1)].Term
            : throw new InvalidDataException(
                $"the backend holds entry {index}, the write-ahead log ends at {first + (ulong)entries.Count}");
    }
}
