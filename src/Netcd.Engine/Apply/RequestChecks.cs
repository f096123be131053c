using Google.Protobuf;
using Netcd.Engine.Alarms;
using Netcd.Engine.Mvcc.Index;
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
        CheckParts(request, maxOps) ?? BranchWrites.Check(request.Success) ?? BranchWrites.Check(request.Failure);

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

    /// <summary>
    /// The keys that one branch puts and the intervals that it deletes. Within a branch a key may be put once, and not where
    /// it is deleted; the two branches of a nested transaction exclude each other, so both may put the same key.
    /// </summary>
    private sealed class BranchWrites
    {
        private readonly HashSet<ByteString> puts = [];
        private readonly List<DeleteRangeRequest> deletions = [];

        public static EtcdError? Check(IEnumerable<RequestOp> branch) => new BranchWrites().Collect(branch);

        private EtcdError? Collect(IEnumerable<RequestOp> branch)
        {
            foreach (RequestOp operation in branch)
            {
                if (operation.RequestCase == RequestOp.RequestOneofCase.RequestDeleteRange)
                {
                    deletions.Add(operation.RequestDeleteRange);
                }
            }

            foreach (RequestOp operation in branch)
            {
                if (operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn && CollectNested(operation.RequestTxn) is { } error)
                {
                    return error;
                }
            }

            foreach (RequestOp operation in branch)
            {
                if (operation.RequestCase == RequestOp.RequestOneofCase.RequestPut && !TryAdd(operation.RequestPut.Key, puts))
                {
                    return EtcdErrors.DuplicateKey;
                }
            }

            return null;
        }

        private EtcdError? CollectNested(TxnRequest request)
        {
            BranchWrites success = new();
            BranchWrites failure = new();
            EtcdError? error = success.Collect(request.Success) ?? failure.Collect(request.Failure);
            if (error is not null)
            {
                return error;
            }

            HashSet<ByteString> before = [.. puts];
            foreach (ByteString key in success.puts.Concat(failure.puts))
            {
                if (!TryAdd(key, before))
                {
                    return EtcdErrors.DuplicateKey;
                }

                before.Remove(key);
                puts.Add(key);
            }

            deletions.AddRange(success.deletions);
            deletions.AddRange(failure.deletions);
            return null;
        }

        /// <summary>Adds the key to the set unless it is in there, or is deleted by this branch.</summary>
        private bool TryAdd(ByteString key, HashSet<ByteString> taken) => !IsDeleted(key) && taken.Add(key);

        private bool IsDeleted(ByteString key)
        {
            foreach (DeleteRangeRequest deletion in deletions)
            {
                // etcd's check takes an open end (one zero byte) for a key like any other, so that such a deletion holds no
                // key: what is applied is decided by this check on each member alike, so it is etcd's to the letter.
                KeyInterval interval = new(deletion.Key.Span, deletion.RangeEnd.Span);
                if (!interval.IsOpenEnded && interval.Contains(key.Span))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
