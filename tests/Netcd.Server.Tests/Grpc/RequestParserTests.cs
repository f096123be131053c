using System.Buffers;
using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Server.Grpc;

namespace Netcd.Server.Tests.Grpc;

/// <summary>How requests are read.</summary>
public sealed class RequestParserTests
{
    private static readonly RequestParser<PutRequest> Puts = new(PutRequest.Parser);
    private static readonly RequestParser<TxnRequest> Txns = new(TxnRequest.Parser);

    [Fact]
    public void L1_fields_that_nobody_knows_cost_no_memory()
    {
        byte[] put = new PutRequest { Key = ByteString.CopyFromUtf8("a") }.ToByteArray();
        byte[] groups = [.. Enumerable.Repeat((byte[])[0xa3, 0x06, 0xa4, 0x06], 400_000).SelectMany(static group => group)];
        ReadOnlySequence<byte> message = new([.. put, .. groups]);
        Puts.Parse(message);
        long before = GC.GetAllocatedBytesForCurrentThread();
        PutRequest request = (PutRequest)Puts.Parse(message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 10_000);
        Assert.Equal(put, request.ToByteArray());
    }

    [Fact]
    public void What_is_a_message_is_read_wherever_it_is_cut_into_segments()
    {
        TxnRequest txn = new();
        txn.Compare.Add(new Compare
        {
            Key = ByteString.CopyFromUtf8("k"),
            Target = Compare.Types.CompareTarget.Lease,
            Lease = -1,
            Result = Compare.Types.CompareResult.Less,
        });
        txn.Success.Add(
            new RequestOp
            {
                RequestTxn = new TxnRequest
                {
                    Failure = { new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFrom(new byte[200]),
                        Lease = long.MinValue } } },
                },
            });
        byte[] bytes = txn.ToByteArray();
        for (int size = 1; size < bytes.Length; size++)
        {
            Assert.Equal(txn, Txns.Parse(Cut(bytes, size)));
        }
    }

    [Fact]
    public void What_ends_early_is_refused_wherever_it_ends()
    {
        byte[] bytes = new PutRequest { Key = ByteString.CopyFromUtf8("key"), Value = ByteString.CopyFromUtf8("value") }.ToByteArray();
        int refused = 0;
        for (int length = 1; length < bytes.Length; length++)
        {
            try
            {
                Puts.Parse(new ReadOnlySequence<byte>(bytes, 0, length));
            }
            catch (FormatException failure)
            {
                Assert.Equal("unexpected EOF", failure.Message);
                refused++;
            }
        }

        // Only what ends between the two fields is whole.
        Assert.Equal(bytes.Length - 2, refused);
    }

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int size)
    {
        Segment first = new(bytes.AsMemory(0, size), 0);
        Segment last = first;
        for (int at = size; at < bytes.Length; at += size)
        {
            last = last.Append(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            Segment next = new(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
