namespace Netcd.Client.Watching;

/// <summary>Watches keys.</summary>
/// <remarks>
/// All watches of a client share a stream to one of the members (those that require a leader, another one), and move on to another member
/// with it. A watch that cannot go on throws; it never ends silently:
/// <list type="bullet">
/// <item><see cref="CompactedException"/>: what it is to report next has been compacted. Read anew, and watch from there.</item>
/// <item><see cref="EtcdException"/> with the server's refusal: the user may not read the keys, for one.</item>
/// <item><see cref="EtcdUnavailableException"/>: no server could be reached in the time set (<see
/// cref="WatchOptions.GiveUpAfter"/>).</item>
/// <item><see cref="ObjectDisposedException"/>: the client was disposed.</item>
/// </list>
/// </remarks>
public interface IWatches
{
    /// <summary>Watches keys. The watch begins with the enumeration, and ends at the server too when the enumeration is left.</summary>
    /// <param name="range">The keys: one, those with a prefix, from one on, between two.</param>
    /// <param name="options">What is reported; null for all changes from now on.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>The changes, a revision at a time. To be enumerated once at a time; each enumeration is a watch of its own.</returns>
    IAsyncEnumerable<WatchBatch> WatchAsync(
        KeyRange range, WatchOptions? options = null, CancellationToken cancel = default);

    /// <summary>
    /// Asks how far the watches are: those with <see cref="WatchOptions.Progress"/> are given a batch of that kind when the server has
    /// reported all that it knew. Nothing comes of it for a watch whose reader is behind.
    /// </summary>
    /// <param name="cancel">Gives up.</param>
    Task RequestProgressAsync(CancellationToken cancel = default);
}
