namespace Netcd.Client.Leases;

/// <summary>
/// A lease that is renewed for as long as this handle lives: a third of its time after each renewal, and until one is answered as often as
/// it takes. It outlives servers that restart and connections that break, as long as one renewal is answered within its time.
/// </summary>
/// <remarks>
/// It counts as lost when its time has run out since the last renewal that was answered was <em>sent</em>, or when the server says that it
/// is gone. The server counts from when it gets a renewal, so what this side believes to hold, the server holds too.
/// </remarks>
public sealed class LeaseHandle : IAsyncDisposable
{
    private readonly ILeaseKeeper keeper;
    private readonly CancellationTokenSource lost = new();
    private readonly TimeProvider time;
    private readonly object gate = new();
    private TimeSpan timeToLive;
    private long renewedAt;
    private bool isOver;
    private int isReleased;

    internal LeaseHandle(ILeaseKeeper keeper, TimeProvider time, LeaseGrant grant, long sentAt)
    {
        this.keeper = keeper;
        this.time = time;
        Id = grant.Id;
        timeToLive = grant.TimeToLive;
        renewedAt = sentAt;
        Lost = lost.Token;
    }

    /// <summary>The lease's id, to attach keys to.</summary>
    public long Id { get; }

    /// <summary>
    /// Is cancelled at the moment from which on the lease may be gone: when its time has run out without an answer, when the server has
    /// said
    /// so, and when the handle or the client is disposed. What was done under the lease has to stop then.
    /// </summary>
    public CancellationToken Lost { get; }

    /// <summary>The time for which each renewal keeps it, as the server set it.</summary>
    public TimeSpan TimeToLive
    {
        get
        {
            lock (gate)
            {
                return timeToLive;
            }
        }
    }

    /// <summary>How long it is certain to last if no renewal is answered any more; zero when it is lost.</summary>
    public TimeSpan TimeLeft
    {
        get
        {
            lock (gate)
            {
                TimeSpan left = timeToLive - time.GetElapsedTime(renewedAt);
                return isOver || left < TimeSpan.Zero ? TimeSpan.Zero : left;
            }
        }
    }

    /// <summary>Stops renewing it and leaves it to end by itself: somebody else goes on with it, or its keys shall stay a while.
    /// <see cref="Lost"/> is cancelled: this side does not hold it any more.</summary>
    public async ValueTask DetachAsync()
    {
        if (Interlocked.Exchange(ref isReleased, 1) == 0)
        {
            keeper.Remove(this);
            await LoseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Stops renewing it and revokes it, with all keys attached. Where no server can be reached it ends by itself, at the latest after the
    /// time it has left.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isReleased, 1) == 0)
        {
            TimeSpan left = TimeLeft;
            keeper.Remove(this);
            await LoseAsync().ConfigureAwait(false);
            if (left > TimeSpan.Zero)
            {
                await keeper.RevokeAsync(Id, left).ConfigureAwait(false);
            }
        }
    }

    /// <summary>When the next renewal is to be sent, from now.</summary>
    internal TimeSpan UntilDue
    {
        get
        {
            lock (gate)
            {
                return (timeToLive / 3) - time.GetElapsedTime(renewedAt);
            }
        }
    }

    /// <summary>A renewal was answered.</summary>
    internal void Renewed(TimeSpan given, long sentAt)
    {
        lock (gate)
        {
            timeToLive = given;
            renewedAt = sentAt;
        }
    }

    /// <summary>It is over.</summary>
    internal Task LoseAsync()
    {
        lock (gate)
        {
            if (isOver)
            {
                return Task.CompletedTask;
            }

            isOver = true;
        }

        return lost.CancelAsync();
    }
}
