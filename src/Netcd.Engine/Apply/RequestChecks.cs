using Netcd.Engine.Alarms;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>What is wrong with a request whatever the store holds; checked before it is read or proposed.</summary>
public static class RequestChecks
{
    /// <summary>Checks a Range.</summary>
    public static EtcdError? Check(RangeRequest request)
    {
        if (request.Key.IsEmpty)
        {
            return EtcdErrors.KeyNotProvided;
        }

        return request.SortOrder is < RangeRequest.Types.SortOrder.None or > RangeRequest.Types.SortOrder.Descend
            || request.SortTarget is < RangeRequest.Types.SortTarget.Key or > RangeRequest.Types.SortTarget.Value
            ? EtcdErrors.InvalidSortOption
            : null;
    }

    /// <summary>Checks a RangeStream: as a Range, in key order and without revision filters.</summary>
    public static EtcdError? CheckStream(RangeRequest request)
    {
        if (request.SortOrder == RangeRequest.Types.SortOrder.Descend || request.SortTarget != RangeRequest.Types.SortTarget.Key)
        {
            return Check(request) ?? EtcdErrors.StreamCustomSort;
        }

        bool isFiltered = request.MinModRevision != 0 || request.MaxModRevision != 0
            || request.MinCreateRevision != 0 || request.MaxCreateRevision != 0;
        return Check(request) ?? (isFiltered ? EtcdErrors.StreamRevisionFilters : null);
    }

    /// <summary>Checks a Put.</summary>
    public static EtcdError? Check(PutRequest request)
    {
        if (request.Key.IsEmpty)
        {
            return EtcdErrors.KeyNotProvided;
        }

        if (request.IgnoreValue && !request.Value.IsEmpty)
        {
            return EtcdErrors.ValueProvided;
        }

        return request.IgnoreLease && request.Lease != 0 ? EtcdErrors.LeaseProvided : null;
    }

    /// <summary>Checks a DeleteRange.</summary>
    public static EtcdError? Check(DeleteRangeRequest request) => request.Key.IsEmpty ? EtcdErrors.KeyNotProvided : null;

    /// <summary>Checks an Alarm: proto3 lets any number stand for an enum's value.</summary>
    public static EtcdError? Check(AlarmRequest request) =>
        AlarmTable.IsKnown(request.Alarm)
        && request.Action is >= AlarmRequest.Types.AlarmAction.Get and <= AlarmRequest.Types.AlarmAction.Deactivate
            ? null
            : EtcdErrors.InvalidAlarm;

    /// <summary>Checks a Txn: its size, its parts, and that no branch writes a key twice.</summary>
    public static EtcdError? Check(TxnRequest request, int maxOps) =>
        CheckParts(request, maxOps) ?? CheckWrites(request.Success) ?? CheckWrites(request.Failure);

    private static EtcdError? CheckParts(TxnRequest request, int maxOps)
    {
        int operations = Math.Max(request.Compare.Count, Math.Max(request.Success.Count, request.Failure.Count));
        if (operations > maxOps)
        {
            return EtcdErrors.TooManyOperations;
        }

        foreach (Compare compare in request.Compare)
        {
            if (compare.Key.IsEmpty)
            {
                return EtcdErrors.KeyNotProvided;
            }
        }

        return CheckBranch(request.Success, maxOps - operations) ?? CheckBranch(request.Failure, maxOps - operations);
    }

    private static EtcdError? CheckBranch(IEnumerable<RequestOp> branch, int maxOps)
    {
        foreach (RequestOp operation in branch)
        {
            EtcdError? error = operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestRange => Check(operation.RequestRange),
                RequestOp.RequestOneofCase.RequestPut => Check(operation.RequestPut),
                RequestOp.RequestOneofCase.RequestDeleteRange => Check(operation.RequestDeleteRange),
                RequestOp.RequestOneofCase.RequestTxn => CheckParts(operation.RequestTxn, maxOps),
                _ => EtcdErrors.KeyNotFound,
            };
            if (error is not null)
            {
                return error;
            }
        }

        return null;
    }

    private static EtcdError? CheckWrites(IList<RequestOp> branch) =>
        new BranchWrites().HasConflict(branch) ? EtcdErrors.DuplicateKey : null;
}
