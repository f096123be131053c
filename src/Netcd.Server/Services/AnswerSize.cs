using Google.Protobuf;
using Google.Protobuf.Collections;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Server.Services;

/// <summary>The size of an answer as a number that does not wrap: what <see cref="IMessage.CalculateSize"/> returns is right up to 2 GiB
/// only.</summary>
internal static class AnswerSize
{
    /// <summary>Records whose sum cannot wrap: each came in a request, and those have a limit far below a sixteenth of 2 GiB.</summary>
    private const int FewRecords = 16;

    /// <summary>What is around a list of records at the most: the header, counts, and what stands before each part.</summary>
    private const int Overhead = 64;

    /// <summary>Refuses a message that cannot be sent, in the words of Go's gRPC server, before anything is encoded.</summary>
    /// <exception cref="EtcdException">It is too large.</exception>
    /// <remarks>Hot path: only answers that hold many records are measured.</remarks>
    public static void Check(IMessage message)
    {
        if (Records(message) > FewRecords)
        {
            Check(Measure(message));
        }
    }

    /// <summary>The bytes of a message, exactly, as it is encoded into room of that size; of one that no message can hold, about so
    /// many.</summary>
    public static long Of(IMessage message)
    {
        if (Records(message) > FewRecords && Measure(message) is var most && most > ServiceLimits.LargestAnswerBytes)
        {
            return most;
        }

        return message.CalculateSize();
    }

    /// <summary>Refuses a message of so many bytes where it cannot be sent.</summary>
    /// <exception cref="EtcdException">It is too large.</exception>
    public static void Check(long bytes)
    {
        if (bytes > ServiceLimits.LargestAnswerBytes)
        {
            throw EtcdErrors.AnswerTooLarge(bytes).ToException();
        }
    }

    private static long Records(IMessage message) => message switch
    {
        RangeResponse range => range.Kvs.Count,
        DeleteRangeResponse deletion => deletion.PrevKvs.Count,
        TxnResponse txn => Records(txn),
        _ => 0,
    };

    private static long Records(TxnResponse txn)
    {
        long records = 0;
        foreach (ResponseOp operation in txn.Responses)
        {
            records += operation.ResponseCase switch
            {
                ResponseOp.ResponseOneofCase.ResponseRange => operation.ResponseRange.Kvs.Count,
                ResponseOp.ResponseOneofCase.ResponseDeleteRange => operation.ResponseDeleteRange.PrevKvs.Count,
                ResponseOp.ResponseOneofCase.ResponsePut => 1,
                ResponseOp.ResponseOneofCase.ResponseTxn => Records(operation.ResponseTxn),
                _ => 0,
            };
        }

        return records;
    }

    /// <summary>At least the bytes of a message, and a few more.</summary>
    private static long Measure(IMessage message) => message switch
    {
        RangeResponse range => Measure(range.Kvs),
        DeleteRangeResponse deletion => Measure(deletion.PrevKvs),
        TxnResponse txn => Overhead + txn.Responses.Sum(Measure),
        _ => message.CalculateSize(),
    };

    private static long Measure(ResponseOp operation) => Overhead + operation.ResponseCase switch
    {
        ResponseOp.ResponseOneofCase.ResponseRange => Measure(operation.ResponseRange),
        ResponseOp.ResponseOneofCase.ResponseDeleteRange => Measure(operation.ResponseDeleteRange),
        ResponseOp.ResponseOneofCase.ResponseTxn => Measure(operation.ResponseTxn),
        _ => operation.CalculateSize(),
    };

    private static long Measure(RepeatedField<KeyValue> records)
    {
        long bytes = Overhead;
        foreach (KeyValue record in records)
        {
            int size = record.CalculateSize();
            bytes += 1 + CodedOutputStream.ComputeLengthSize(size) + size;
        }

        return bytes;
    }
}
