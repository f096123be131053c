namespace Netcd.Storage.Wal;

/// <summary>A snapshot marker: a snapshot of this position exists, the log can be opened at it (walpb.Snapshot).</summary>
/// <param name="Index">The index of the last entry in the snapshot; 0 for the beginning of the log.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="ConfState">The configuration at that entry as raftpb.ConfState bytes; required above index 0, since etcd 3.5.</param>
public readonly record struct WalMarker(ulong Index, ulong Term, ReadOnlyMemory<byte> ConfState)
{
    /// <summary>The marker that every log begins with.</summary>
    public static WalMarker Beginning => default;
}
