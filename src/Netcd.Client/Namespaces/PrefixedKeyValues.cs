using System.Runtime.CompilerServices;
using Netcd.Client.Keys;

namespace Netcd.Client.Namespaces;

/// <summary>Keys below a prefix.</summary>
internal sealed class PrefixedKeyValues(IKeyValues keys, KeyPrefix prefix) : IKeyValues
{
    public async Task<GetResult> GetAsync(ReadOnlyMemory<byte> key, GetOptions? options, CancellationToken cancel)
    {
        GetResult result = await keys.GetAsync(OneKey(key), options, cancel).ConfigureAwait(false);
        return result with { KeyValue = prefix.RemoveIfAny(result.KeyValue) };
    }

    public async Task<RangeResult> RangeAsync(KeyRange range, RangeOptions? options, CancellationToken cancel) =>
        Of(await keys.RangeAsync(prefix.Add(range), options, cancel).ConfigureAwait(false));

    public async IAsyncEnumerable<RangeResult> PagesAsync(
        KeyRange range, ScanOptions? options, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (RangeResult page in keys.PagesAsync(prefix.Add(range), options, cancel).ConfigureAwait(false))
        {
            yield return Of(page);
        }
    }

    public async IAsyncEnumerable<KeyValue> ScanAsync(
        KeyRange range, ScanOptions? options, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (KeyValue found in keys.ScanAsync(prefix.Add(range), options, cancel).ConfigureAwait(false))
        {
            yield return prefix.Remove(found);
        }
    }

    public async Task<PutResult> PutAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options, CancellationToken cancel) =>
        Of(await keys.PutAsync(OneKey(key), value, options, cancel).ConfigureAwait(false));

    public async Task<DeleteResult> DeleteAsync(KeyRange range, DeleteOptions? options, CancellationToken cancel) =>
        Of(await keys.DeleteAsync(prefix.Add(range), options, cancel).ConfigureAwait(false));

    public Task<EtcdHeader> CompactAsync(long revision, bool physical, CancellationToken cancel) =>
        keys.CompactAsync(revision, physical, cancel);

    public async Task<TransactionResult> CommitAsync(Transaction transaction, TimeSpan? timeout, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return Of(await keys.CommitAsync(transaction.Within(prefix), timeout, cancel).ConfigureAwait(false));
    }

    /// <summary>The server refuses an empty key, and with the prefix it would be none.</summary>
    private ReadOnlyMemory<byte> OneKey(ReadOnlyMemory<byte> key) => key.IsEmpty ? key : prefix.Add(key);

    private RangeResult Of(RangeResult result) => result with { KeyValues = [.. result.KeyValues.Select(prefix.Remove)] };

    private PutResult Of(PutResult result) => result with { Previous = prefix.RemoveIfAny(result.Previous) };

    private DeleteResult Of(DeleteResult result) => result with { Previous = [.. result.Previous.Select(prefix.Remove)] };

    private TransactionResult Of(TransactionResult result) => result with { Results = [.. result.Results.Select(Of)] };

    private OperationResult Of(OperationResult part) => new(
        part.Range is { } range ? Of(range) : null,
        part.Put is { } put ? Of(put) : null,
        part.Delete is { } delete ? Of(delete) : null,
        part.Transaction is { } nested ? Of(nested) : null);
}
