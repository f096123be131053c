using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Server.Services;

/// <summary>All leases that a member knows. They may be very many: they are encoded from their ids, without a message of each.</summary>
/// <param name="Header">The header.</param>
/// <param name="Ids">The leases.</param>
public sealed record LeaseListing(ResponseHeader Header, IReadOnlyList<long> Ids) : IDirectAnswer
{
    private const byte LeasesTag = (2 << 3) | 2;
    private const byte IdTag = 1 << 3;

    /// <inheritdoc/>
    public int Count => Ids.Count;

    /// <inheritdoc/>
    public long CalculateSize()
    {
        long size = DirectEncoding.MessageSize(Header);
        foreach (long id in Ids)
        {
            size += DirectEncoding.BytesSize(DirectEncoding.NumberSize(id));
        }

        return size;
    }

    /// <inheritdoc/>
    public void WriteTo(Span<byte> target)
    {
        DirectEncoding.WriteMessage(ref target, DirectEncoding.HeaderTag, Header);
        foreach (long id in Ids)
        {
            DirectEncoding.WriteLength(ref target, LeasesTag, DirectEncoding.NumberSize(id));
            DirectEncoding.WriteNumber(ref target, IdTag, id);
        }
    }

    /// <inheritdoc/>
    public IMessage ToMessage()
    {
        LeaseLeasesResponse response = new() { Header = Header };
        response.Leases.AddRange(Ids.Select(static id => new LeaseStatus { ID = id }));
        return response;
    }
}
