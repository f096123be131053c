using Netcd.Client.Telemetry;

namespace Netcd.Client.Watching;

/// <summary>
/// One reader's way through a watch: begins it at the first question for a batch and ends it when the reader stops, or nothing follows.
/// </summary>
/// <remarks>
/// What an iterator of the language would do, but for the batches that are there already: with a batch an event, their way through its
/// state machine would be a good part of what an event costs.
/// </remarks>
internal sealed class WatchReader(WatchFeed feed, SharedWatchStream stream, IDisposable? linked, CancellationToken cancel)
    : IAsyncEnumerator<WatchBatch>
{
    private WatchPortion portion = WatchPortion.Empty;
    private bool hasBegun;
    private bool isOver;

    /// <inheritdoc/>
    public WatchBatch Current { get; private set; } = null!;

    /// <inheritdoc/>
    public ValueTask<bool> MoveNextAsync() =>
        !cancel.IsCancellationRequested && Advance() ? ValueTask.FromResult(true) : MoveToPortionAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        End();
        return ValueTask.CompletedTask;
    }

    private bool Advance()
    {
        if (portion.Next() is not { } batch)
        {
            return false;
        }

        Current = batch;
        ClientTelemetry.Reported(batch.Events.Count);
        return true;
    }

    private async ValueTask<bool> MoveToPortionAsync()
    {
        try
        {
            while (!isOver && await ReadPortionAsync().ConfigureAwait(false))
            {
                if (Advance())
                {
                    return true;
                }
            }
        }
        catch
        {
            End();
            throw;
        }

        End();
        return false;
    }

    private async ValueTask<bool> ReadPortionAsync()
    {
        cancel.ThrowIfCancellationRequested();
        Begin();
        if (feed.Release(portion))
        {
            stream.Resume(feed);
        }

        // Nothing of what was read is kept alive while the reader waits.
        portion = WatchPortion.Empty;
        while (await feed.Portions.WaitToReadAsync(cancel).ConfigureAwait(false))
        {
            if (feed.Portions.TryRead(out WatchPortion? next))
            {
                portion = next;
                return true;
            }
        }

        return false;
    }

    private void Begin()
    {
        if (!hasBegun)
        {
            stream.Join(feed);
            hasBegun = true;
            ClientTelemetry.WatchOpened();
        }
    }

    private void End()
    {
        if (hasBegun && !isOver)
        {
            stream.Leave(feed);
            ClientTelemetry.WatchClosed();
        }

        isOver = true;
        linked?.Dispose();
    }
}
