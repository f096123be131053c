using Netcd.Client.Watching;

namespace Netcd.Client.Coordination;

/// <summary>
/// A place in a queue that is kept as keys: each who waits has a key on its session's lease, and the one whose key was created first is at
/// the head. Each waits for the one before it alone, so the end of one wakes one.
/// </summary>
/// <param name="session">Whose it is.</param>
/// <param name="key">Its key.</param>
/// <param name="rivals">What the keys begin with that it has to wait for.</param>
/// <param name="value">Its value.</param>
internal class QueuePlace(EtcdSession session, string key, string rivals, ReadOnlyMemory<byte> value)
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(100);

    private Task<QueueEntry>? entering;

    /// <summary>Its key.</summary>
    public string Key => key;

    /// <summary>The revision at which its key was created, no later owner's is below: the fencing token.</summary>
    public long Revision { get; private set; }

    /// <summary>The header of a moment at which it was at the head.</summary>
    public EtcdHeader Header { get; private set; }

    /// <summary>The value that the key has; another than its own where the session had this place already.</summary>
    public ReadOnlyMemory<byte> Value { get; private set; }

    /// <summary>Whose it is.</summary>
    protected EtcdSession Session => session;

    /// <summary>Queues up. Gives whether it is at the head.</summary>
    /// <remarks>
    /// What was sent is not called back when the caller gives up: an unknown place could not be given up. <see cref="LeaveAsync"/> waits
    /// for it.
    /// </remarks>
    public async Task<bool> EnterAsync(CancellationToken cancel)
    {
        session.ThrowIfLost(key);
        entering = EnterUntilKnownAsync();
        QueueEntry entry = await entering.WaitAsync(cancel).ConfigureAwait(false);
        (Revision, Header, Value) = (entry.CreateRevision, entry.Header, entry.Value);
        return entry.Before is null || await HasTurnAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Returns when it is at the head.</summary>
    /// <exception cref="SessionLostException">Its key is gone.</exception>
    public async Task AwaitHeadAsync(CancellationToken cancel)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, session.Lost);
        try
        {
            await AwaitTurnAsync(either.Token).ConfigureAwait(false);
            KeyValue? own = await OwnAsync(either.Token).ConfigureAwait(false);
            if (own is null)
            {
                throw new SessionLostException($"{key}: the key is gone");
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            session.ThrowIfLost(key);
            throw;
        }
    }

    /// <summary>The key, if it still is the one of this place.</summary>
    public async Task<KeyValue?> OwnAsync(CancellationToken cancel)
    {
        (KeyValue? own, EtcdHeader header) = await session.Store.GetAsync(key, cancel).ConfigureAwait(false);
        if (own?.CreateRevision != Revision)
        {
            return null;
        }

        Header = header;
        return own;
    }

    /// <summary>Gives the place up. It may be asked again after a failure; where it has gone already it does nothing.</summary>
    public Task LeaveAsync(CancellationToken cancel) => AgainWhileUnknownAsync(
        () => session.Store.DeleteIfAsync(key, Revision, cancel), cancel);

    /// <summary>
    /// Gives the place up whatever the state of the network, also where it is not known yet whether there is one: until it is done or the
    /// session is over, which does it too.
    /// </summary>
    /// <param name="turn">What is given back then.</param>
    public async Task AbandonAsync(IDisposable? turn)
    {
        try
        {
            if (entering is not null)
            {
                Revision = (await entering.ConfigureAwait(false)).CreateRevision;
                await UntilDoneAsync(() => LeaveAsync(session.Lost)).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is EtcdException or OperationCanceledException or ObjectDisposedException)
        {
            // It was never had, or ends with the session.
        }
        finally
        {
            turn?.Dispose();
        }
    }

    /// <summary>Whether it is its turn although there are others before it.</summary>
    protected virtual Task<bool> HasTurnAsync(CancellationToken cancel) => Task.FromResult(false);

    /// <summary>Returns when it is its turn.</summary>
    protected virtual async Task AwaitTurnAsync(CancellationToken cancel)
    {
        while (await session.Store.LastBeforeAsync(rivals, Revision, cancel).ConfigureAwait(false) is ({ } before, var header))
        {
            await session.Store.AwaitChangeAsync(before.Key, header.Revision + 1, WatchEventType.Delete, cancel).ConfigureAwait(false);
        }
    }

    private async Task<QueueEntry> EnterUntilKnownAsync()
    {
        QueueEntry? entry = null;
        await AgainWhileUnknownAsync(
            async () => entry = await session.Store.EnterAsync(key, value, session.Lease, rivals, session.Lost).ConfigureAwait(false),
            session.Lost).ConfigureAwait(false);
        return entry!;
    }

    /// <summary>Repeats what may be repeated: it changes nothing where it was carried out already.</summary>
    private static async Task AgainWhileUnknownAsync(Func<Task> doAsync, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await doAsync().ConfigureAwait(false);
                return;
            }
            catch (AmbiguousOutcomeException)
            {
                await Task.Delay(RetryTime, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task UntilDoneAsync(Func<Task> doAsync)
    {
        while (true)
        {
            try
            {
                await doAsync().ConfigureAwait(false);
                return;
            }
            catch (EtcdUnavailableException)
            {
                await Task.Delay(RetryTime, session.Lost).ConfigureAwait(false);
            }
        }
    }
}
