namespace Netcd.Raft;

/// <summary>
/// The stable part of the log, as raft reads it. Raft only reads; who handles a <see cref="Ready"/> (or the storage messages) writes.
/// Answers must reflect each write before its completion is reported to raft. An entry or slice handed out never changes.
/// </summary>
public interface ILogStorage
{
    /// <summary>The index of the first entry that may still be read (one after the last compacted).</summary>
    ulong FirstIndex { get; }

    /// <summary>The index of the last entry; <see cref="FirstIndex"/> - 1 when there is none.</summary>
    ulong LastIndex { get; }

    /// <summary>The hard state and configuration that the node starts from.</summary>
    InitialState InitialState();

    /// <summary>
    /// The entries from <paramref name="low"/> to before <paramref name="high"/>: the longest prefix whose encoded size does not exceed
    /// <paramref name="maxBytes"/>, but at least one.
    /// </summary>
    /// <returns><see cref="LogResult.Ok"/>, <see cref="LogResult.Compacted"/> or <see cref="LogResult.Unavailable"/>.</returns>
    LogResult Entries(ulong low, ulong high, ulong maxBytes, out ReadOnlyMemory<Entry> entries);

    /// <summary>The term of the entry at an index from <see cref="FirstIndex"/> - 1 to <see cref="LastIndex"/>.</summary>
    /// <returns><see cref="LogResult.Ok"/>, <see cref="LogResult.Compacted"/> or <see cref="LogResult.Unavailable"/>.</returns>
    LogResult Term(ulong index, out ulong term);

    /// <summary>
    /// The latest snapshot, to be sent to a follower that is too far behind. A follower ignores a snapshot older than the change that
    /// added it, and would be sent the same again: best made of the state applied now (or replaced by such a one when it is sent).
    /// </summary>
    /// <returns><see cref="LogResult.Ok"/> or <see cref="LogResult.SnapshotTemporarilyUnavailable"/>.</returns>
    LogResult Snapshot(out Snapshot snapshot);
}
