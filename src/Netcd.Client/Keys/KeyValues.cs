using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>Keys and values of a cluster.</summary>
internal sealed class KeyValues(EtcdConnection connection) : IKeyValues
{
    private readonly Scanner scanner = new(connection);

    public async Task<GetResult> GetAsync(ReadOnlyMemory<byte> key, GetOptions? options, CancellationToken cancel)
    {
        RangeRequest request = new() { Key = key.ToBytes() };
        if (options is not null)
        {
            request.Revision = options.Revision;
            request.Serializable = options.Serializable;
            request.KeysOnly = options.KeysOnly;
        }

        RangeResponse answer = await connection.ReadAsync(KeyCalls.Range, request, options?.Timeout, cancel).ConfigureAwait(false);
        return new GetResult(answer.Header.ToHeader(), answer.Kvs.Count == 0 ? null : answer.Kvs[0].ToKeyValue());
    }

    public async Task<RangeResult> RangeAsync(KeyRange range, RangeOptions? options, CancellationToken cancel)
    {
        RangeRequest request = Requests.Range(range, options);
        Task<RangeResponse> answer = options?.Streamed == true
            ? scanner.RangeAsync(request, options.Timeout, cancel)
            : connection.ReadAsync(KeyCalls.Range, request, options?.Timeout, cancel);
        return Answers.Of(await answer.ConfigureAwait(false));
    }

    public IAsyncEnumerable<RangeResult> PagesAsync(KeyRange range, ScanOptions? options, CancellationToken cancel) =>
        scanner.PagesAsync(range, options ?? new ScanOptions(), cancel);

    public IAsyncEnumerable<KeyValue> ScanAsync(KeyRange range, ScanOptions? options, CancellationToken cancel) =>
        scanner.ScanAsync(range, options ?? new ScanOptions(), cancel);

    public async Task<PutResult> PutAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options, CancellationToken cancel) => Answers.Of(
        await connection.WriteAsync(KeyCalls.Put, Requests.Put(key, value, options), options?.Timeout, cancel).ConfigureAwait(false));

    public async Task<DeleteResult> DeleteAsync(KeyRange range, DeleteOptions? options, CancellationToken cancel) => Answers.Of(
        await connection.WriteAsync(KeyCalls.DeleteRange, Requests.Delete(range, options), options?.Timeout, cancel)
            .ConfigureAwait(false));

    public async Task<EtcdHeader> CompactAsync(long revision, bool physical, CancellationToken cancel)
    {
        CompactionRequest request = new() { Revision = revision, Physical = physical };
        TimeSpan? timeout = physical ? Timeout.InfiniteTimeSpan : null;
        return (await connection.WriteAsync(KeyCalls.Compact, request, timeout, cancel).ConfigureAwait(false)).Header.ToHeader();
    }

    public async Task<TransactionResult> CommitAsync(Transaction transaction, TimeSpan? timeout, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        TxnRequest request = transaction.ToRequest();
        Task<TxnResponse> answer = transaction.IsWrite
            ? connection.WriteAsync(KeyCalls.Txn, request, timeout, cancel)
            : connection.ReadAsync(KeyCalls.Txn, request, timeout, cancel);
        return Answers.Of(await answer.ConfigureAwait(false));
    }
}
