using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>
/// Looks for keys that one branch of a transaction writes twice: a key may be put once, and not where it is deleted. Deletions
/// count from the beginning of their branch, what nested transactions write from their place on, puts last; the two branches
/// of a nested transaction exclude each other, so both may put the same key.
/// </summary>
/// <remarks>
/// Clients choose keys, order and nesting. What is written stands in a tree that never changes (<see cref="WrittenKeys"/>), so that
/// both branches of a nested transaction begin with the same; behind it the shorter one is written once more on top of the
/// longer one. So each write is added O(log n) times, at O(log n) comparisons each, however deep it is.
/// </remarks>
internal sealed class BranchWrites
{
    /// <summary>Up to here comparing each with each costs less than a tree.</summary>
    private const int FewOperations = 8;

    private readonly List<WrittenRange> order = [];
    private bool isConflict;

    /// <summary>Comparisons of keys so far, about.</summary>
    public long Steps { get; private set; }

    /// <summary>Whether the branch writes a key twice.</summary>
    public bool HasConflict(IList<RequestOp> branch)
    {
        if (branch.Any(static operation => operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn))
        {
            Collect(branch, WrittenKeys.None);
            return isConflict;
        }

        if (branch.Count > FewOperations)
        {
            return HasConflictInMany(branch);
        }

        for (int i = 0; i < branch.Count && !isConflict; i++)
        {
            isConflict = branch[i].RequestCase == RequestOp.RequestOneofCase.RequestPut && IsWrittenByAnother(branch, i);
        }

        return isConflict;
    }

    /// <summary>Many operations without nested transactions: in the order of their keys, equal ones stand beside each other.</summary>
    private bool HasConflictInMany(IList<RequestOp> branch)
    {
        if (branch.Any(static operation => operation.RequestCase == RequestOp.RequestOneofCase.RequestDeleteRange))
        {
            Collect(branch, WrittenKeys.None);
            return isConflict;
        }

        ByteString[] keys = [.. branch.Select(static operation => operation.RequestPut?.Key).OfType<ByteString>()];
        Array.Sort(keys, (left, right) =>
        {
            Steps++;
            return left.Span.SequenceCompareTo(right.Span);
        });
        for (int i = 1; i < keys.Length && !isConflict; i++)
        {
            isConflict = keys[i].Equals(keys[i - 1]);
        }

        return isConflict;
    }

    private static bool IsWrittenByAnother(IList<RequestOp> branch, int put)
    {
        ByteString key = branch[put].RequestPut.Key;
        for (int i = 0; i < branch.Count; i++)
        {
            bool isWritten = branch[i].RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestPut => i < put && branch[i].RequestPut.Key.Equals(key),
                RequestOp.RequestOneofCase.RequestDeleteRange => WrittenRange.Of(branch[i].RequestDeleteRange).Holds(key.Span),
                _ => false,
            };
            if (isWritten)
            {
                return true;
            }
        }

        return false;
    }

    private WrittenKeys Collect(IList<RequestOp> branch, WrittenKeys written)
    {
        foreach (RequestOp operation in branch)
        {
            if (operation.RequestCase == RequestOp.RequestOneofCase.RequestDeleteRange)
            {
                written = Add(written, WrittenRange.Of(operation.RequestDeleteRange));
            }
        }

        foreach (RequestOp operation in branch)
        {
            if (!isConflict && operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn)
            {
                written = CollectNested(operation.RequestTxn, written);
            }
        }

        foreach (RequestOp operation in branch)
        {
            if (!isConflict && operation.RequestCase == RequestOp.RequestOneofCase.RequestPut)
            {
                isConflict = written.Holds(operation.RequestPut.Key.Span);
                written = Add(written, WrittenRange.Of(operation.RequestPut));
            }
        }

        return written;
    }

    private WrittenKeys CollectNested(TxnRequest request, WrittenKeys before)
    {
        int begin = order.Count;
        WrittenKeys success = Collect(request.Success, before);
        int middle = order.Count;
        WrittenKeys failure = Collect(request.Failure, before);
        int end = order.Count;
        return middle - begin < end - middle ? AddAgain(failure, begin, middle) : AddAgain(success, middle, end);
    }

    private WrittenKeys AddAgain(WrittenKeys written, int from, int to)
    {
        for (int i = from; i < to && !isConflict; i++)
        {
            Steps += written.Height;
            written = written.With(order[i]);
        }

        return written;
    }

    private WrittenKeys Add(WrittenKeys written, WrittenRange range)
    {
        Steps += 2 * written.Height;
        order.Add(range);
        return written.With(range);
    }
}
