using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Apply;

/// <summary>Requests are read from the bytes of the log's entries.</summary>
public sealed class EntrySenseTests
{
    [Fact]
    public void To_read_a_put_takes_no_more_memory_than_its_messages()
    {
        PutRequest put = new() { Key = ByteString.CopyFromUtf8("key"), Value = ByteString.CopyFrom(new byte[256]) };
        byte[] entry = new InternalRaftRequest { Header = new RequestHeader { ID = 7 }, Put = put }.ToByteArray();
        Read(entry);
        const int Times = 100;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Times; i++)
        {
            Read(entry);
        }

        // 900 bytes: the request has a place for each of its 30 kinds. A buffer for the reader would be 4,096 more.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Times, 1, 1_500);
    }

    [Fact]
    public void Transactions_in_transactions_are_read_though_they_are_deeper_than_messages_commonly_are()
    {
        // Two messages a level, where the library stops at a hundred by itself.
        TxnRequest txn = new();
        for (int level = 0; level < 70; level++)
        {
            TxnRequest outer = new();
            outer.Success.Add(new RequestOp { RequestTxn = txn });
            txn = outer;
        }

        InternalRaftRequest request = new() { Header = new RequestHeader { ID = 7 }, Txn = txn };
        Assert.Equal(request, Read(request.ToByteArray()));
    }

    private static InternalRaftRequest Read(byte[] entry)
    {
        Assert.True(EntrySense.TryReadRequest(entry, out InternalRaftRequest request, out string? fault), fault);
        return request;
    }
}
