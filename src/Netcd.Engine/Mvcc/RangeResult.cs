using Google.Protobuf.Collections;
using Netcd.Engine.Records;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Mvcc;

/// <summary>The answer to a Range: records as they are stored, to be copied into a response without being taken apart.</summary>
public sealed class RangeResult
{
    /// <summary>Why there is no answer, or null.</summary>
    public EtcdError? Error { get; init; }

    /// <summary>The store's revision that the answer was read at.</summary>
    public long Revision { get; init; }

    /// <summary>All keys of the interval, whatever the limit.</summary>
    public long Count { get; init; }

    /// <summary>Whether the limit cut keys off.</summary>
    public bool More { get; init; }

    /// <summary>The encoded KeyValues; valid while the lease that they were read under is held.</summary>
    public IReadOnlyList<RecordBytes> Records { get; init; } = [];

    /// <summary>The answer as a message with copies of the records, for a transaction's response.</summary>
    public RangeResponse ToMessage()
    {
        RangeResponse response = new();
        CopyTo(response);
        return response;
    }

    /// <summary>Fills a message with the answer, the records copied.</summary>
    internal void CopyTo(RangeResponse response)
    {
        response.Header = new ResponseHeader { Revision = Revision };
        response.Count = Count;
        response.More = More;
        CopyTo(response.Kvs);
    }

    /// <summary>Adds copies of the records to a list.</summary>
    internal void CopyTo(RepeatedField<KeyValue> kvs)
    {
        foreach (RecordBytes record in Records)
        {
            kvs.Add(KeyValueView.Parse(record.Span).ToMessage());
        }
    }
}
