using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Records;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Tests.Services;

/// <summary>Sizes that do not wrap, and answers in pieces (M2, M3).</summary>
public sealed class AnswerSizeTests
{
    [Theory]
    [InlineData(2_200)]
    [InlineData(4_300)]
    public void M3_an_answer_beyond_two_gibibytes_has_its_true_size_and_is_refused_in_gos_words(int megabytes)
    {
        RecordBytes record = new(new byte[1 << 20]);
        using RangeAnswer answer = new(
            default, new RangeResult { Records = [.. Enumerable.Repeat(record, megabytes)] }, new ResponseHeader());
        long size = answer.CalculateSize();
        Assert.InRange(size, (long)megabytes << 20, ((long)megabytes << 20) + (16L * megabytes));
        EtcdException refused = Assert.Throws<EtcdException>(() => AnswerSize.Check(size));
        Assert.Equal(StatusCode.ResourceExhausted, refused.Error.Code);
        Assert.Equal($"grpc: trying to send message larger than max ({size} vs. 2147483647)", refused.Message);
    }

    [Fact]
    public void M3_a_transactions_answer_is_measured_through_all_that_it_holds()
    {
        KeyValue record = new() { Value = ByteString.CopyFrom(new byte[1 << 20]) };
        RangeResponse range = new();
        range.Kvs.AddRange(Enumerable.Repeat(record, 1_100));
        DeleteRangeResponse deletion = new();
        deletion.PrevKvs.AddRange(Enumerable.Repeat(record, 1_100));
        TxnResponse nested = new();
        nested.Responses.Add(new ResponseOp { ResponseDeleteRange = deletion });
        TxnResponse txn = new();
        txn.Responses.Add(new ResponseOp { ResponseRange = range });
        AnswerSize.Check(txn);
        txn.Responses.Add(new ResponseOp { ResponseTxn = nested });
        Assert.Throws<EtcdException>(() => AnswerSize.Check(txn));
    }

    /// <summary>It is encoded into room of that size.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(1_000)]
    public void An_answer_that_can_be_sent_has_its_exact_size_with_all_that_is_around_its_records(int records)
    {
        KeyValue record = new() { Key = ByteString.CopyFromUtf8("k"), Value = ByteString.CopyFrom(new byte[300]) };
        ResponseHeader header = new() { ClusterId = ulong.MaxValue, MemberId = ulong.MaxValue, Revision = 7, RaftTerm = 3 };
        RangeResponse range = new() { Header = header, Count = records, More = true };
        range.Kvs.AddRange(Enumerable.Repeat(record, records));
        DeleteRangeResponse deletion = new() { Header = header, Deleted = records };
        deletion.PrevKvs.AddRange(Enumerable.Repeat(record, records));
        TxnResponse txn = new() { Header = header, Succeeded = true };
        txn.Responses.Add(new ResponseOp { ResponseRange = range });
        txn.Responses.Add(new ResponseOp { ResponseDeleteRange = deletion });
        foreach (IMessage message in (IMessage[])[range, deletion, txn])
        {
            Assert.Equal(message.ToByteArray().Length, AnswerSize.Of(message));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50)]
    public void M2_an_answer_in_pieces_is_the_answer(int records)
    {
        byte[] record = new KeyValue { Key = ByteString.CopyFromUtf8("k"), Value = ByteString.CopyFrom(new byte[1_000]) }.ToByteArray();
        RangeResult result = new() { Records = [.. Enumerable.Repeat(new RecordBytes(record), records)], Count = records, More = true };
        using RangeAnswer answer = new(default, result, new ResponseHeader { Revision = 7 });
        ArrayBufferWriter<byte> whole = new();
        answer.WriteTo(whole);
        ArrayBufferWriter<byte> pieces = new();
        int place = 0;
        int count = 0;
        while (place != RangeAnswer.End)
        {
            place = answer.WriteTo(pieces, place, 3_000);
            count++;
        }

        Assert.Equal(whole.WrittenSpan.ToArray(), pieces.WrittenSpan.ToArray());
        Assert.Equal(answer.CalculateSize(), pieces.WrittenCount);
        Assert.Equal(Math.Max(1, (records + 2) / 3), count);
        Assert.Equal(records, RangeResponse.Parser.ParseFrom(pieces.WrittenSpan).Kvs.Count);
    }
}
