using System.Globalization;
using Netcd.Client.Leases;

namespace Netcd.Client.Coordination;

/// <summary>
/// A lease that is renewed, and what is held under it. When it is lost, all that it held is free for others; code that relies on something
/// held has to stop when <see cref="Lost"/> is cancelled, and has to be fenced where it cannot stop at once.
/// </summary>
public sealed class EtcdSession : IAsyncDisposable
{
    private readonly LeaseHandle handle;
    private readonly LocalTurns turns = new();

    internal EtcdSession(QueueStore store, LeaseHandle handle)
    {
        Store = store;
        this.handle = handle;
    }

    /// <summary>The lease's id.</summary>
    public long Lease => handle.Id;

    /// <summary>Is cancelled when the session may be over: see <see cref="LeaseHandle.Lost"/>.</summary>
    public CancellationToken Lost => handle.Lost;

    /// <summary>How long it is certain to last if it is not renewed any more.</summary>
    public TimeSpan TimeLeft => handle.TimeLeft;

    internal QueueStore Store { get; }

    /// <summary>The lease's id as keys have it: hexadecimal, as Go writes it.</summary>
    internal string LeaseText => Lease < 0
        ? "-" + (0 - (ulong)Lease).ToString("x", CultureInfo.InvariantCulture)
        : Lease.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>A lock that one at a time holds.</summary>
    /// <param name="name">Its name, the same for all who want it.</param>
    public EtcdMutex Mutex(string name) => new(this, name);

    /// <summary>A lock that many readers hold, or one writer.</summary>
    /// <param name="name">Its name, the same for all who want it.</param>
    public EtcdReaderWriterLock ReaderWriterLock(string name) => new(this, name);

    /// <summary>A number of permits.</summary>
    /// <param name="name">Its name, the same for all who want one.</param>
    /// <param name="permits">How many may hold one at a time. All have to say the same number.</param>
    public EtcdSemaphore Semaphore(string name, int permits) => new(this, name, permits);

    /// <summary>An election, of which one at a time is the leader.</summary>
    /// <param name="name">Its name, the same for all who stand for it or look at it.</param>
    public EtcdElection Election(string name) => new(this, name);

    /// <summary>A barrier that a number of sessions enter together and leave together.</summary>
    /// <param name="name">Its name, the same for all.</param>
    /// <param name="participants">How many there are.</param>
    public EtcdDoubleBarrier DoubleBarrier(string name, int participants) => new(this, name, participants);

    /// <summary>Ends the session here, and leaves the lease, with all that it holds, to end by itself or to be resumed.</summary>
    public ValueTask DetachAsync() => handle.DetachAsync();

    /// <summary>Ends the session; all that it held is free at once.</summary>
    public ValueTask DisposeAsync() => handle.DisposeAsync();

    /// <summary>Sees to it that nobody else of this session is at the same queue: the keys do not tell them apart.</summary>
    internal ValueTask<IDisposable?> EnterLocallyAsync(string name, bool wait, CancellationToken cancel) =>
        turns.EnterAsync(name, wait, cancel);

    internal void ThrowIfLost(string wanted)
    {
        if (Lost.IsCancellationRequested)
        {
            throw new SessionLostException($"{wanted}: the session is over");
        }
    }
}
