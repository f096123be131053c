using Netcd.Client.Keys;
using Netcd.Client.Watching;

namespace Netcd.Client.Coordination;

/// <summary>What a place in a queue was when it was taken.</summary>
/// <param name="Header">The answer's header.</param>
/// <param name="CreateRevision">When its key was created.</param>
/// <param name="Value">The key's value.</param>
/// <param name="Before">A key that is before it, or null.</param>
internal sealed record QueueEntry(EtcdHeader Header, long CreateRevision, ReadOnlyMemory<byte> Value, KeyValue? Before);

/// <summary>The store as locks and the like use it.</summary>
internal sealed class QueueStore(IKeyValues keys, IWatches watches)
{
    private static readonly RangeOptions Oldest = new() { SortBy = SortBy.CreateRevision, Limit = 1 };
    private static readonly RangeOptions OldestFirst = new() { SortBy = SortBy.CreateRevision, KeysOnly = true };

    /// <summary>Creates a key unless it exists. Doing it once more changes nothing.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="rivals">What the keys begin with that may be before it.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<QueueEntry> EnterAsync(
        string key, ReadOnlyMemory<byte> value, long lease, string rivals, CancellationToken cancel)
    {
        Operation oldest = Operation.Read(KeyRange.Prefix(rivals), Oldest);
        TransactionResult result = await keys.CommitAsync(
            Transaction.If(Condition.IsAbsent(key)).Then(Put(key, value, lease), oldest).Else(Operation.Read(key), oldest),
            null,
            cancel).ConfigureAwait(false);
        KeyValue? present = result.Succeeded ? null : result.Results[0].Range!.KeyValues[0];
        long revision = present?.CreateRevision ?? result.Header.Revision;
        KeyValue? before = result.Results[1].Range!.KeyValues.FirstOrDefault(kv => kv.CreateRevision < revision);
        return new QueueEntry(result.Header, revision, present?.Value ?? value, before);
    }

    /// <summary>Creates a key. Gives its revision; null if it exists.</summary>
    public async Task<long?> CreateAsync(string key, ReadOnlyMemory<byte> value, long lease, CancellationToken cancel)
    {
        TransactionResult result = await keys.CommitAsync(
            Transaction.If(Condition.IsAbsent(key)).Then(Put(key, value, lease)), null, cancel).ConfigureAwait(false);
        return result.Succeeded ? result.Header.Revision : null;
    }

    /// <summary>Deletes a key if it still is the one that was created then.</summary>
    public Task DeleteIfAsync(string key, long createRevision, CancellationToken cancel) => keys.CommitAsync(
        Transaction.If(IsOf(key, createRevision)).Then(Operation.Delete(key)), null, cancel);

    /// <summary>Deletes a key if it was last changed then. Gives whether it was.</summary>
    public async Task<bool> ClaimAsync(KeyValue kv, CancellationToken cancel)
    {
        Transaction claim = Transaction
            .If(Condition.ModRevision(kv.Key, Comparison.Equal, kv.ModRevision))
            .Then(Operation.Delete(kv.Key));
        return (await keys.CommitAsync(claim, null, cancel).ConfigureAwait(false)).Succeeded;
    }

    /// <summary>Puts a key if it still is the one that was created then. Gives the header; null if it is not.</summary>
    public async Task<EtcdHeader?> PutIfAsync(
        string key, long createRevision, ReadOnlyMemory<byte> value, long lease, CancellationToken cancel)
    {
        TransactionResult result = await keys.CommitAsync(
            Transaction.If(IsOf(key, createRevision)).Then(Put(key, value, lease)), null, cancel).ConfigureAwait(false);
        return result.Succeeded ? result.Header : null;
    }

    /// <summary>Puts a key without a value.</summary>
    public Task PutAsync(string key, CancellationToken cancel) => keys.PutAsync(key, "", null, cancel);

    /// <summary>Deletes a key.</summary>
    public Task DeleteAsync(string key, CancellationToken cancel) => keys.DeleteAsync(key, null, cancel);

    /// <summary>A key as of now.</summary>
    public async Task<(KeyValue? Found, EtcdHeader Header)> GetAsync(string key, CancellationToken cancel)
    {
        GetResult result = await keys.GetAsync(key, null, cancel).ConfigureAwait(false);
        return (result.KeyValue, result.Header);
    }

    /// <summary>The oldest of the keys with a prefix.</summary>
    public Task<(KeyValue? Found, EtcdHeader Header)> FirstAsync(string prefix, CancellationToken cancel) =>
        OneAsync(prefix, Oldest, cancel);

    /// <summary>The youngest of the keys with a prefix that were created before a revision.</summary>
    public Task<(KeyValue? Found, EtcdHeader Header)> LastBeforeAsync(string prefix, long revision, CancellationToken cancel) =>
        OneAsync(prefix, Oldest with { Descending = true, MaxCreateRevision = revision - 1 }, cancel);

    /// <summary>All keys with a prefix, the oldest first, without their values.</summary>
    public async Task<(IReadOnlyList<KeyValue> Found, EtcdHeader Header)> AllAsync(string prefix, CancellationToken cancel)
    {
        RangeResult result = await keys.RangeAsync(KeyRange.Prefix(prefix), OldestFirst, cancel).ConfigureAwait(false);
        return (result.KeyValues, result.Header);
    }

    /// <summary>Watches keys from a revision on: changes of a kind, or all.</summary>
    public IAsyncEnumerable<WatchBatch> WatchAsync(KeyRange range, long fromRevision, WatchEventType? only, CancellationToken cancel) =>
        watches.WatchAsync(range, new WatchOptions
        {
            StartRevision = fromRevision,
            SkipPuts = only == WatchEventType.Delete,
            SkipDeletes = only == WatchEventType.Put,
        }, cancel);

    /// <summary>Returns when there was such a change since a revision, or may have been: look again.</summary>
    public async Task AwaitChangeAsync(KeyRange range, long fromRevision, WatchEventType? only, CancellationToken cancel)
    {
        try
        {
            await foreach (WatchBatch batch in WatchAsync(range, fromRevision, only, cancel).ConfigureAwait(false))
            {
                if (batch.Events.Count > 0)
                {
                    return;
                }
            }
        }
        catch (CompactedException)
        {
            // It may have been among what was compacted.
        }
    }

    private async Task<(KeyValue? Found, EtcdHeader Header)> OneAsync(string prefix, RangeOptions options, CancellationToken cancel)
    {
        RangeResult result = await keys.RangeAsync(KeyRange.Prefix(prefix), options, cancel).ConfigureAwait(false);
        return (result.KeyValues is [KeyValue found] ? found : null, result.Header);
    }

    private static Condition IsOf(string key, long createRevision) =>
        Condition.CreateRevision(key, Comparison.Equal, createRevision);

    private static Operation Put(string key, ReadOnlyMemory<byte> value, long lease) =>
        Operation.Put(System.Text.Encoding.UTF8.GetBytes(key), value, new PutOptions { Lease = lease });
}
