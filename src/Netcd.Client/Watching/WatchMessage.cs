namespace Netcd.Client.Watching;

/// <summary>What a server says on a stream of watches.</summary>
internal sealed class WatchMessage
{
    /// <summary>Who says it, and the store's revision.</summary>
    public EtcdHeader Header { get; init; }

    /// <summary>The server's number of the watch.</summary>
    public long WatchId { get; init; }

    /// <summary>Whether it answers a request to watch.</summary>
    public bool Created { get; init; }

    /// <summary>Whether the watch has ended, or has not begun.</summary>
    public bool Canceled { get; init; }

    /// <summary>The oldest revision that can be watched, where it ended for that; else 0.</summary>
    public long CompactRevision { get; init; }

    /// <summary>Why it ended.</summary>
    public string CancelReason { get; init; } = "";

    /// <summary>Whether more of the same revision follows.</summary>
    public bool Fragment { get; init; }

    /// <summary>The changes; null where there are none.</summary>
    public WatchChanges? Changes { get; init; }
}
