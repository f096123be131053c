using Netcd.Engine.Leases;
using Netcd.Engine.Metering;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>
/// Runs transactions. What could fail is checked before the first write, so that a transaction happens wholly or not at all.
/// </summary>
internal sealed class TxnApplier(KvApplier kv, MvccStore store, LeaseTable leases, WorkMeter meter, StoreMetrics metrics)
{
    /// <summary>Runs a transaction that writes nothing at one state of the store.</summary>
    /// <exception cref="AnswerTooLargeException">No message can hold the answer.</exception>
    public static ApplyResult Read(
        ReadState state, TxnRequest request, StoreMetrics? metrics = null, CancellationToken cancellation = default)
    {
        TxnPlan plan = TxnPlan.Decide(state, request);
        TxnAnswer answer = new();
        foreach (PlannedOperation step in plan.Operations)
        {
            if (CheckRange(state, step) is { } error)
            {
                return new ApplyResult(error);
            }
        }

        long bytes = 0;
        foreach (PlannedOperation step in plan.Operations)
        {
            switch (step.Kind)
            {
                case PlannedKind.Begin:
                    answer.Begin(step.Succeeded);
                    break;
                case PlannedKind.End:
                    answer.End();
                    break;
                case PlannedKind.Operation:
                    answer.Add(step.Operation!.RequestRange is { } range
                        ? new ResponseOp { ResponseRange = ReadRange(state, range, ref bytes, cancellation) }
                        : new ResponseOp());
                    break;
            }
        }

        if (metrics is not null)
        {
            plan.Count(metrics);
        }

        answer.Whole!.Header.Revision = state.Revision;
        return new ApplyResult(answer.Whole);
    }

    /// <summary>Whether no branch of the transaction writes.</summary>
    public static bool IsReadOnly(TxnRequest request) => request.Success.Concat(request.Failure).All(IsReadOnly);

    /// <summary>Whether every range of the transaction may be answered from local state.</summary>
    public static bool IsSerializable(TxnRequest request) => request.Success.Concat(request.Failure).All(operation =>
        operation.RequestCase != RequestOp.RequestOneofCase.RequestRange || operation.RequestRange.Serializable);

    /// <summary>A put that keeps the value or the lease needs a key that has one.</summary>
    public static EtcdError? CheckIgnores(ReadState state, PutRequest request) =>
        (request.IgnoreValue || request.IgnoreLease) && !(state.Index.TryGet(request.Key.Span, out KeyRecord record) && record.IsLive)
            ? EtcdErrors.KeyNotFound
            : null;

    /// <summary>
    /// Runs a transaction; null is a pause. Before the first write it pauses where the writes will not fit into what is left of the step:
    /// what
    /// was applied before it can be published there, and must not wait for it.
    /// </summary>
    /// <param name="request">A checked request.</param>
    /// <param name="isAnswered">Whether somebody here waits for the answer.</param>
    public IEnumerator<ApplyResult?> Run(TxnRequest request, bool isAnswered)
    {
        TxnPlan plan = new(request);
        while (!plan.Step(store.Working, meter))
        {
            yield return null;
        }

        ReadState before = store.Working;
        foreach (PlannedOperation step in plan.Operations)
        {
            if (CheckPut(before, step) is { } error)
            {
                yield return new ApplyResult(error);
                yield break;
            }

            if (meter.Spend(1))
            {
                yield return null;
            }
        }

        foreach (PlannedOperation step in plan.Operations)
        {
            if (CheckRange(before, step) is { } error)
            {
                yield return new ApplyResult(error);
                yield break;
            }
        }

        if (EstimateWrites(before, plan) > meter.Left)
        {
            yield return null;
        }

        RangeParts parts = new(store, meter);
        TxnAnswer answer = new();
        foreach (PlannedOperation step in plan.Operations)
        {
            if (step.Operation?.RequestDeleteRange is { } deletion)
            {
                DeleteRangeResponse response = KvApplier.BeginDeletion(deletion, isAnswered ? parts : null);
                while (!kv.DeleteNext(deletion, response))
                {
                    yield return null;
                }

                response.Header = new ResponseHeader { Revision = store.RevisionInTransaction };
                answer.Add(new ResponseOp { ResponseDeleteRange = response });
            }
            else
            {
                Run(step, answer, isAnswered ? parts : null);
            }

            if (meter.IsSpent)
            {
                yield return null;
            }
        }

        store.EndTransaction();
        plan.Count(metrics);
        answer.Whole!.Header.Revision = store.Revision;
        yield return new ApplyResult(answer.Whole) { Late = parts.Late };
    }

    private static bool IsReadOnly(RequestOp operation) => operation.RequestCase switch
    {
        RequestOp.RequestOneofCase.RequestPut or RequestOp.RequestOneofCase.RequestDeleteRange => false,
        RequestOp.RequestOneofCase.RequestTxn => IsReadOnly(operation.RequestTxn),
        _ => true,
    };

    private void Run(in PlannedOperation step, TxnAnswer answer, RangeParts? parts)
    {
        switch (step.Kind)
        {
            case PlannedKind.Begin:
                answer.Begin(step.Succeeded);
                break;
            case PlannedKind.End:
                answer.End();
                break;
            case PlannedKind.Operation when step.Operation!.RequestPut is { } put:
                answer.Add(new ResponseOp { ResponsePut = kv.PutInTransaction(put, parts is not null) });
                break;
            case PlannedKind.Operation when step.Operation!.RequestRange is { } range:
                RangeResponse response = new();
                parts?.Read(range, result => result.CopyTo(response));
                answer.Add(new ResponseOp { ResponseRange = response });
                break;
            case PlannedKind.Operation:
                answer.Add(new ResponseOp());
                break;
        }
    }

    /// <summary>Keys that the transaction is going to write, at the most.</summary>
    private static long EstimateWrites(ReadState state, TxnPlan plan)
    {
        long writes = 0;
        foreach (PlannedOperation step in plan.Operations)
        {
            writes += step.Operation?.RequestDeleteRange is { } deletion
                ? KvApplier.EstimateDeletion(state, deletion)
                : 1;
        }

        return writes;
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

    private EtcdError? CheckPut(ReadState state, in PlannedOperation step) => step.Operation?.RequestPut is { } put
        ? CheckIgnores(state, put) ?? (put.Lease != 0 && !leases.Contains(put.Lease) ? EtcdErrors.LeaseNotFound : null)
        : null;

    private static EtcdError? CheckRange(ReadState state, in PlannedOperation step) =>
        step.Operation?.RequestRange is { } range ? CheckRangeRevision(state, range.Revision) : null;

    /// <summary>
    /// As for a Range of its own, but that a negative revision, which there means the present one, is older than any compacted
    /// one here: etcd's rule, and every member must decide alike.
    /// </summary>
    private static EtcdError? CheckRangeRevision(ReadState state, long revision) =>
        revision < 0 && revision < state.CompactRevision ? EtcdErrors.Compacted : RangeReader.CheckRevision(state, revision);
}

/// <summary>An answer has more bytes of records than a message can.</summary>
/// <param name="bytes">How many, as far as they were counted.</param>
public sealed class AnswerTooLargeException(long bytes) : Exception
{
    /// <summary>How many bytes, as far as they were counted.</summary>
    public long Bytes { get; } = bytes;
}
