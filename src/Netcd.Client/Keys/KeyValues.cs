using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>Keys and values of a cluster.</summary>
internal sealed class KeyValues(EtcdConnection connection) : IKeyValues
{
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

    public async Task<PutResult> PutAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options, CancellationToken cancel)
    {
        PutRequest request = new() { Key = key.ToBytes(), Value = value.ToBytes() };
        if (options is not null)
        {
            request.Lease = options.Lease;
            request.PrevKv = options.ReturnPrevious;
            request.IgnoreValue = options.KeepValue;
            request.IgnoreLease = options.KeepLease;
        }

        PutResponse answer = await connection.WriteAsync(KeyCalls.Put, request, options?.Timeout, cancel).ConfigureAwait(false);
        return new PutResult(answer.Header.ToHeader(), answer.PrevKv?.ToKeyValue());
    }
}
