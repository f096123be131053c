using System.Runtime.InteropServices;
using Google.Protobuf;
using Netcd.Engine.Leases;
using Netcd.Protocol.V3;

namespace Netcd.Server.Services;

/// <summary>What is known of a lease. It may have very many keys: they are encoded from where they are, without a message.</summary>
/// <param name="Id">The lease.</param>
/// <param name="TtlSeconds">Seconds that are left; -1 where it does not exist.</param>
/// <param name="GrantedSeconds">Seconds that it was granted for.</param>
/// <param name="Keys">Its keys in their order, where they were asked for.</param>
public sealed record LeaseInspection(LeaseId Id, long TtlSeconds, long GrantedSeconds, IReadOnlyCollection<byte[]> Keys) : IDirectAnswer
{
    private const byte IdTag = 2 << 3;
    private const byte TtlTag = 3 << 3;
    private const byte GrantedTag = 4 << 3;
    private const byte KeysTag = (5 << 3) | 2;

    /// <inheritdoc/>
    public ResponseHeader Header { get; init; } = new();

    /// <inheritdoc/>
    public int Count => Keys.Count;

    /// <summary>Of a message that another member sent, without its header.</summary>
    public static LeaseInspection Of(LeaseTimeToLiveResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return new LeaseInspection(new LeaseId(response.ID), response.TTL, response.GrantedTTL, [.. response.Keys.Select(ArrayOf)]);
    }

    /// <inheritdoc/>
    public long CalculateSize()
    {
        long size = DirectEncoding.MessageSize(Header) + DirectEncoding.NumberSize(Id) + DirectEncoding.NumberSize(TtlSeconds)
            + DirectEncoding.NumberSize(GrantedSeconds);
        foreach (byte[] key in Keys)
        {
            size += DirectEncoding.BytesSize(key.Length);
        }

        return size;
    }

    /// <inheritdoc/>
    public void WriteTo(Span<byte> target)
    {
        DirectEncoding.WriteMessage(ref target, DirectEncoding.HeaderTag, Header);
        DirectEncoding.WriteNumber(ref target, IdTag, Id);
        DirectEncoding.WriteNumber(ref target, TtlTag, TtlSeconds);
        DirectEncoding.WriteNumber(ref target, GrantedTag, GrantedSeconds);
        foreach (byte[] key in Keys)
        {
            DirectEncoding.WriteBytes(ref target, KeysTag, key);
        }
    }

    /// <inheritdoc/>
    public IMessage ToMessage()
    {
        LeaseTimeToLiveResponse response = new() { Header = Header, ID = Id, TTL = TtlSeconds, GrantedTTL = GrantedSeconds };
        response.Keys.AddRange(Keys.Select(static key => UnsafeByteOperations.UnsafeWrap(key)));
        return response;
    }

    private static byte[] ArrayOf(ByteString bytes) =>
        MemoryMarshal.TryGetArray(bytes.Memory, out ArraySegment<byte> segment) && segment.Array!.Length == segment.Count
            ? segment.Array
            : bytes.ToByteArray();
}
