using Netcd.Client.Connecting;

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
        bool requireLeader = options.RequireLeader || connection.Options.RequireLeader;
        return new Enumeration(requireLeader ? withLeader : anywhere, range, options, cancel);
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

    /// <summary>What is enumerated: a watch of its own for each reader.</summary>
    private sealed class Enumeration(SharedWatchStream stream, KeyRange range, WatchOptions options, CancellationToken cancel)
        : IAsyncEnumerable<WatchBatch>
    {
        public IAsyncEnumerator<WatchBatch> GetAsyncEnumerator(CancellationToken cancellationToken)
        {
            WatchFeed feed = new(range, options);
            if (!cancel.CanBeCanceled || !cancellationToken.CanBeCanceled)
            {
                return new WatchReader(feed, stream, null, cancel.CanBeCanceled ? cancel : cancellationToken);
            }

            CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, cancellationToken);
            return new WatchReader(feed, stream, either, either.Token);
        }
    }
}
