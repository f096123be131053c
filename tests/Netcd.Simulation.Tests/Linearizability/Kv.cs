using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Tests.Linearizability;

/// <summary>Requests and answers in short.</summary>
internal static class Kv
{
    public static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    public static ResponseHeader At(long revision) => new() { Revision = revision };

    public static PutRequest Put(string key, string value) => new() { Key = Bytes(key), Value = Bytes(value) };

    public static PutResponse PutDone(long revision) => new() { Header = At(revision) };

    public static RangeRequest Get(string key, long revision = 0, bool serializable = false) =>
        new() { Key = Bytes(key), Revision = revision, Serializable = serializable };

    public static RangeResponse Found(long revision, params KeyValue[] found)
    {
        RangeResponse response = new() { Header = At(revision), Count = found.Length };
        response.Kvs.AddRange(found);
        return response;
    }

    public static KeyValue Pair(string key, string value, long modified, long? created = null, long version = 1) => new()
    {
        Key = Bytes(key),
        Value = Bytes(value),
        ModRevision = modified,
        CreateRevision = created ?? modified,
        Version = version,
    };

    public static DeleteRangeRequest Delete(string from, string to) => new() { Key = Bytes(from), RangeEnd = Bytes(to) };

    public static DeleteRangeResponse Deleted(long revision, long count) => new() { Header = At(revision), Deleted = count };

    /// <summary>Puts one value where a key has a value, another one where it has not.</summary>
    public static TxnRequest PutIf(string key, string value, string then, string otherwise)
    {
        TxnRequest txn = new();
        txn.Compare.Add(new Compare { Key = Bytes(key), Target = Compare.Types.CompareTarget.Value, Value = Bytes(value) });
        txn.Success.Add(new RequestOp { RequestPut = Put(key, then) });
        txn.Failure.Add(new RequestOp { RequestPut = Put(key, otherwise) });
        return txn;
    }

    public static TxnResponse PutIfDone(long revision, bool succeeded)
    {
        TxnResponse response = new() { Header = At(revision), Succeeded = succeeded };
        response.Responses.Add(new ResponseOp { ResponsePut = PutDone(revision) });
        return response;
    }
}
