namespace Netcd.Client.Coordination;

/// <summary>The way to something that is held by a place in a queue.</summary>
internal static class Acquisition
{
    /// <summary>Queues up and waits for the head of the queue, or leaves again.</summary>
    /// <param name="session">Whose place it is.</param>
    /// <param name="localName">The name under which one at a time of the session is at the queue; null where their keys differ.</param>
    /// <param name="place">The place.</param>
    /// <param name="wait">Whether to wait for what is not free.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>What is held; null where it is not free and is not to be waited for.</returns>
    public static async Task<EtcdLock?> RunAsync(
        EtcdSession session, string? localName, QueuePlace place, bool wait, CancellationToken cancel)
    {
        IDisposable? turn = null;
        if (localName is not null)
        {
            turn = await EnterLocallyAsync(session, localName, wait, cancel).ConfigureAwait(false);
            if (turn is null)
            {
                return null;
            }
        }

        try
        {
            if (!await place.EnterAsync(cancel).ConfigureAwait(false))
            {
                if (!wait)
                {
                    await place.AbandonAsync(turn).ConfigureAwait(false);
                    return null;
                }

                await place.AwaitHeadAsync(cancel).ConfigureAwait(false);
            }

            return new EtcdLock(session, place, turn);
        }
        catch
        {
            // The caller is not kept waiting for it; the next one of this session is.
            _ = place.AbandonAsync(turn);
            throw;
        }
    }

    private static async Task<IDisposable?> EnterLocallyAsync(EtcdSession session, string name, bool wait, CancellationToken cancel)
    {
        session.ThrowIfLost(name);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, session.Lost);
        try
        {
            return await session.EnterLocallyAsync(name, wait, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            session.ThrowIfLost(name);
            throw;
        }
    }
}
