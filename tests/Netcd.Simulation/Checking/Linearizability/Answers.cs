using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>What an answer says of itself.</summary>
internal static class Answers
{
    /// <summary>Whether the operation says that it has changed the store, and so has taken the revision in its header.</summary>
    public static bool HasWritten(IMessage response) => response switch
    {
        PutResponse => true,
        DeleteRangeResponse delete => delete.Deleted > 0,
        TxnResponse txn => txn.Responses.Any(HasWritten),
        _ => false,
    };

    private static bool HasWritten(ResponseOp operation) => operation.ResponseCase switch
    {
        ResponseOp.ResponseOneofCase.ResponsePut => true,
        ResponseOp.ResponseOneofCase.ResponseDeleteRange => operation.ResponseDeleteRange.Deleted > 0,
        ResponseOp.ResponseOneofCase.ResponseTxn => HasWritten(operation.ResponseTxn),
        _ => false,
    };
}
