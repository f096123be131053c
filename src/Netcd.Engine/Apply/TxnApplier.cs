using Netcd.Engine.Leases;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>
/// Runs the branches that a plan has chosen. What could fail is checked before the first write, so that a transaction
/// happens wholly or not at all.
/// </summary>
internal sealed class TxnApplier(KvApplier kv, MvccStore store, LeaseTable leases)
{
    /// <summary>Runs a transaction that writes nothing at one state of the store.</summary>
    /// <exception cref="AnswerTooLargeException">No message can hold the answer.</exception>
    public static ApplyResult Read(ReadState state, TxnRequest request, CancellationToken cancellation = default)
    {
        TxnPlan plan = TxnPlan.Decide(state, request);
        EtcdError? error = CheckRanges(state, request, plan);
        if (error is not null)
        {
            return new ApplyResult(error);
        }

        long bytes = 0;
        TxnResponse response = ReadBranch(state, request, plan, ref bytes, cancellation);
        response.Header = new ResponseHeader { Revision = state.Revision };
        return new ApplyResult(response);
    }

    /// <summary>Whether no branch of the transaction writes.</summary>
    public static bool IsReadOnly(TxnRequest request) => request.Success.Concat(request.Failure).All(IsReadOnly);

    /// <summary>Whether every range of the transaction may be answered from local state.</summary>
    public static bool IsSerializable(TxnRequest request) => request.Success.Concat(request.Failure).All(operation =>
        operation.RequestCase != RequestOp.RequestOneofCase.RequestRange || operation.RequestRange.Serializable);

    /// <summary>A put that keeps the value or the lease needs a key that has one.</summary>
    public static EtcdError? CheckIgnores(ReadState state, PutRequest request) =>
        (request.IgnoreValue || request.IgnoreLease) && !(state.Index.TryGet(request.Key.Span, out var record) && record.IsLive)
            ? EtcdErrors.KeyNotFound
            : null;

    /// <summary>What would fail in the branches taken, or null.</summary>
    public EtcdError? Check(TxnRequest request, TxnPlan plan)
    {
        ReadState state = store.Working;
        return CheckPuts(state, request, plan) ?? CheckRanges(state, request, plan);
    }

    /// <summary>Runs the branches taken; sub-responses carry the revision alone in their headers.</summary>
    public TxnResponse Apply(TxnRequest request, TxnPlan plan)
    {
        TxnResponse response = new() { Succeeded = plan.Succeeded, Header = new ResponseHeader() };
        int nested = 0;
        foreach (RequestOp operation in plan.Branch(request))
        {
            ResponseOp result = new();
            switch (operation.RequestCase)
            {
                case RequestOp.RequestOneofCase.RequestRange:
                    result.ResponseRange = RangeReader.Read(store.Working, operation.RequestRange).ToMessage();
                    break;
                case RequestOp.RequestOneofCase.RequestPut:
                    result.ResponsePut = kv.PutInTransaction(operation.RequestPut);
                    break;
                case RequestOp.RequestOneofCase.RequestDeleteRange:
                    result.ResponseDeleteRange = kv.DeleteInTransaction(operation.RequestDeleteRange);
                    break;
                case RequestOp.RequestOneofCase.RequestTxn:
                    result.ResponseTxn = Apply(operation.RequestTxn, plan.Nested[nested++]);
                    break;
            }

            response.Responses.Add(result);
        }

        return response;
    }

    private static bool IsReadOnly(RequestOp operation) => operation.RequestCase switch
    {
        RequestOp.RequestOneofCase.RequestPut or RequestOp.RequestOneofCase.RequestDeleteRange => false,
        RequestOp.RequestOneofCase.RequestTxn => IsReadOnly(operation.RequestTxn),
        _ => true,
    };

    private static TxnResponse ReadBranch(
        ReadState state, TxnRequest request, TxnPlan plan, ref long bytes, CancellationToken cancellation)
    {
        TxnResponse response = new() { Succeeded = plan.Succeeded, Header = new ResponseHeader() };
        int nested = 0;
        foreach (RequestOp operation in plan.Branch(request))
        {
            response.Responses.Add(operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn
                ? new ResponseOp { ResponseTxn = ReadBranch(state, operation.RequestTxn, plan.Nested[nested++], ref bytes, cancellation) }
                : new ResponseOp { ResponseRange = ReadRange(state, operation.RequestRange, ref bytes, cancellation) });
        }

        return response;
    }

    private static RangeResponse ReadRange(ReadState state, RangeRequest request, ref long bytes, CancellationToken cancellation)
    {
        RangeResult result = RangeReader.Read(state, request, cancellation: cancellation);
        foreach (RecordBytes record in result.Records)
        {
            bytes += record.Length;
        }

        return bytes <= Limits.TxnAnswerBytes ? result.ToMessage() : throw new AnswerTooLargeException(bytes);
    }

    private EtcdError? CheckPuts(ReadState state, TxnRequest request, TxnPlan plan)
    {
        return CheckBranch(request, plan, operation => operation.RequestCase == RequestOp.RequestOneofCase.RequestPut
            ? CheckIgnores(state, operation.RequestPut)
                ?? (operation.RequestPut.Lease != 0 && !leases.Contains(operation.RequestPut.Lease) ? EtcdErrors.LeaseNotFound : null)
            : null);
    }

    private static EtcdError? CheckRanges(ReadState state, TxnRequest request, TxnPlan plan) =>
        CheckBranch(request, plan, operation => operation.RequestCase == RequestOp.RequestOneofCase.RequestRange
            ? CheckRangeRevision(state, operation.RequestRange.Revision)
            : null);

    /// <summary>
    /// As for a Range of its own, but that a negative revision, which there means the present one, is older than any compacted
    /// one here: etcd's rule, and every member must decide alike.
    /// </summary>
    private static EtcdError? CheckRangeRevision(ReadState state, long revision) =>
        revision < 0 && revision < state.CompactRevision ? EtcdErrors.Compacted : RangeReader.CheckRevision(state, revision);

    private static EtcdError? CheckBranch(TxnRequest request, TxnPlan plan, Func<RequestOp, EtcdError?> check)
    {
        int nested = 0;
        foreach (RequestOp operation in plan.Branch(request))
        {
            EtcdError? error = operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn
                ? CheckBranch(operation.RequestTxn, plan.Nested[nested++], check)
                : check(operation);
            if (error is not null)
            {
                return error;
            }
        }

        return null;
    }
}

/// <summary>An answer has more bytes of records than a message can.</summary>
/// <param name="bytes">How many, as far as they were counted.</param>
public sealed class AnswerTooLargeException(long bytes) : Exception
{
    /// <summary>How many bytes, as far as they were counted.</summary>
    public long Bytes { get; } = bytes;
}
