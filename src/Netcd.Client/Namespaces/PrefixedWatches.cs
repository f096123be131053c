using System.Runtime.CompilerServices;
using Netcd.Client.Keys;
using Netcd.Client.Watching;

namespace Netcd.Client.Namespaces;

/// <summary>Watches of keys below a prefix.</summary>
internal sealed class PrefixedWatches(IWatches watches, KeyPrefix prefix) : IWatches
{
    public IAsyncEnumerable<WatchBatch> WatchAsync(KeyRange range, WatchOptions? options, CancellationToken cancel) =>
        WithoutPrefixAsync(watches.WatchAsync(prefix.Add(range), options, cancel), cancel);

    public Task RequestProgressAsync(CancellationToken cancel) => watches.RequestProgressAsync(cancel);

    private async IAsyncEnumerable<WatchBatch> WithoutPrefixAsync(
        IAsyncEnumerable<WatchBatch> batches, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (WatchBatch batch in batches.WithCancellation(cancel).ConfigureAwait(false))
        {
            yield return new WatchBatch(batch.Kind, batch.Header, batch.Revision, [.. batch.Events.Select(WithoutPrefix)]);
        }
    }

    private WatchEvent WithoutPrefix(WatchEvent change) =>
        new(change.Type, prefix.Remove(change.KeyValue), prefix.RemoveIfAny(change.Previous));
}
