using Netcd.Client.Keys;

namespace Netcd.Client.Coordination;

/// <summary>
/// Something that is held: a lock, a place among readers, a permit. Disposing it gives it back.
/// </summary>
/// <remarks>
/// It is held as long as its key exists, which ends with the session. Whoever was paused may not know of that at once: what must not happen
/// then has to be done in a transaction with <see cref="IsStillHeld"/>, or carry the <see cref="FencingToken"/> to a resource that refuses
/// smaller ones than it has seen.
/// </remarks>
public sealed class EtcdLock : IAsyncDisposable
{
    private readonly EtcdSession session;
    private readonly QueuePlace place;
    private readonly IDisposable? turn;
    private int isReleased;

    internal EtcdLock(EtcdSession session, QueuePlace place, IDisposable? turn)
    {
        this.session = session;
        this.place = place;
        this.turn = turn;
    }

    /// <summary>The key that stands for it.</summary>
    public string Key => place.Key;

    /// <summary>The revision at which its key was created. No owner that comes later has a smaller one.</summary>
    public long FencingToken => place.Revision;

    /// <summary>The header of a moment at which it was held.</summary>
    public EtcdHeader Header => place.Header;

    /// <summary>Is cancelled when the session, and this with it, may be lost.</summary>
    public CancellationToken Lost => session.Lost;

    /// <summary>Holds in a transaction exactly while this is held.</summary>
    public Condition IsStillHeld => Condition.CreateRevision(place.Key, Comparison.Equal, place.Revision);

    /// <summary>Asks the cluster whether it is held still.</summary>
    /// <param name="cancel">Gives up.</param>
    public async Task<bool> IsHeldAsync(CancellationToken cancel = default) =>
        !session.Lost.IsCancellationRequested && isReleased == 0 && await place.OwnAsync(cancel).ConfigureAwait(false) is not null;

    /// <summary>Gives it back, and returns when it is free. What is not held any more is left alone: it may be another's.</summary>
    /// <param name="cancel">Gives up; it is given back in the background then, or ends with the session.</param>
    public async Task ReleaseAsync(CancellationToken cancel = default)
    {
        if (Interlocked.Exchange(ref isReleased, 1) != 0)
        {
            return;
        }

        bool isDone = false;
        try
        {
            await place.LeaveAsync(cancel).ConfigureAwait(false);
            isDone = true;
        }
        finally
        {
            if (isDone)
            {
                turn?.Dispose();
            }
            else
            {
                _ = place.AbandonAsync(turn);
            }
        }
    }

    /// <summary>Gives it back. Where no server can be reached this goes on in the background, or it ends with the session.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await ReleaseAsync(session.Lost).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is EtcdException or OperationCanceledException or ObjectDisposedException)
        {
            // See above.
        }
    }
}
