using System.Runtime.CompilerServices;
using Netcd.Client.Connecting;
using Netcd.Client.Telemetry;

namespace Netcd.Client.Watching;

/// <summary>Watches of a cluster.</summary>
internal sealed class WatchClient(EtcdConnection connection, TimeProvider time) : IWatches, IAsyncDisposable
{
    private readonly SharedWatchStream anywhere = new(connection, time, requireLeader: false);
    private readonly SharedWatchStream withLeader = new(connection, time, requireLeader: true);

    /// <inheritdoc/>
    public IAsyncEnumerable<WatchBatch> WatchAsync(KeyRange range, WatchOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new WatchOptions();
        options.Validate();
        return EnumerateAsync(range, options, cancel);
    }

    /// <inheritdoc/>
    public Task RequestProgressAsync(CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        anywhere.RequestProgress();
        withLeader.RequestProgress();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await anywhere.DisposeAsync().ConfigureAwait(false);
        await withLeader.DisposeAsync().ConfigureAwait(false);
    }

    private async IAsyncEnumerable<WatchBatch> EnumerateAsync(
        KeyRange range, WatchOptions options, [EnumeratorCancellation] CancellationToken cancel)
    {
        SharedWatchStream stream = options.RequireLeader || connection.Options.RequireLeader ? withLeader : anywhere;
        WatchFeed feed = new(range, options);
        stream.Join(feed);
        ClientTelemetry.WatchOpened();
        try
        {
            while (await feed.Batches.WaitToReadAsync(cancel).ConfigureAwait(false))
            {
                while (feed.Batches.TryRead(out WatchBatch? batch))
                {
                    if (feed.Taken(batch))
                    {
                        stream.Resume(feed);
                    }

                    ClientTelemetry.Reported(batch.Events.Count);
                    yield return batch;
                    cancel.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            stream.Leave(feed);
            ClientTelemetry.WatchClosed();
        }
    }
}
