using Netcd.Engine.State;
using Netcd.Raft;

namespace Netcd.Engine.Snapshots;

/// <summary>Lets go of the log in memory behind a raft snapshot. Used by the consensus stage alone.</summary>
/// <param name="raft">Knows how far the followers have come.</param>
/// <param name="storage">The log in memory.</param>
/// <param name="state">Says how many members there are.</param>
/// <param name="sender">Says whether a snapshot is on its way.</param>
/// <param name="limits">How much is kept.</param>
internal sealed class LogCompaction(
    RaftNode raft, MemoryLogStorage storage, ReplicatedState state, OutgoingSnapshots sender, LogCompactionLimits limits)
{
    /// <summary>
    /// Drops what is behind the snapshot, but for what slow followers may still ask for; a member that is alone has none. While a snapshot
    /// is on its way nothing is dropped: its receiver will need what comes behind it, and keeps it until it has caught up.
    /// </summary>
    public void Compact(RaftSnapshot snapshot)
    {
        storage.CreateSnapshot(snapshot.Index, snapshot.ConfState, default, out Snapshot _);
        if (sender.IsSending)
        {
            return;
        }

        ulong entries = state.Members.Members.Count > 1 ? limits.CatchUpEntries : 0;
        ulong point = storage.CompactionPoint(snapshot.Index, entries, (ulong)limits.CatchUpBytes);
        ulong held = MatchedByAll();
        if (held < point)
        {
            ulong bound = storage.CompactionPoint(snapshot.Index, ulong.MaxValue, (ulong)limits.LaggingFollowerBytes);
            point = Math.Min(point, Math.Max(bound, held));
        }

        storage.Compact(point);
    }

    /// <summary>
    /// On the leader, the last entry that all members have that answer; no bound elsewhere. Right after a check of the quorum nothing has
    /// been heard from a slow one yet, so what was heard before counts too.
    /// </summary>
    private ulong MatchedByAll() => raft.Status().Progress.Values
        .Where(static member => member.IsAnswering)
        .Aggregate(ulong.MaxValue, static (held, member) => Math.Min(held, member.Match));
}

/// <summary>How much of the log is kept in memory behind a raft snapshot.</summary>
/// <param name="CatchUpEntries">Entries for followers that are a little behind.</param>
/// <param name="CatchUpBytes">Bytes of them, at the most.</param>
/// <param name="LaggingFollowerBytes">Bytes for a follower that answers and has not come as far, at the most.</param>
internal sealed record LogCompactionLimits(ulong CatchUpEntries, long CatchUpBytes, long LaggingFollowerBytes);
