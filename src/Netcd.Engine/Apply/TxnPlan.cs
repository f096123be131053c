using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>
/// Which branch each level of a transaction takes. All conditions, those of nested transactions too, are decided on the
/// store as it was before the transaction's first write.
/// </summary>
internal sealed class TxnPlan
{
    private TxnPlan(bool succeeded) => Succeeded = succeeded;

    /// <summary>Whether the conditions of this level hold.</summary>
    public bool Succeeded { get; }

    /// <summary>The plans of the nested transactions in the branch taken, in their order.</summary>
    public List<TxnPlan> Nested { get; } = [];

    public static TxnPlan Decide(ReadState state, TxnRequest request)
    {
        TxnPlan plan = new(request.Compare.All(compare => Holds(state, compare)));
        foreach (RequestOp operation in plan.Branch(request))
        {
            if (operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn)
            {
                plan.Nested.Add(Decide(state, operation.RequestTxn));
            }
        }

        return plan;
    }

    /// <summary>The branch that is taken.</summary>
    public IList<RequestOp> Branch(TxnRequest request) => Succeeded ? request.Success : request.Failure;

    private static bool Holds(ReadState state, Compare compare)
    {
        KeyInterval interval = new(compare.Key.Span, compare.RangeEnd.Span);
        bool isEmpty = true;
        foreach (Revision revision in RangeReader.Revisions(state, interval, state.Revision, 0, out _))
        {
            isEmpty = false;
            if (!Holds(compare, KeyValueView.Parse(state.ReadRecord(revision).Span)))
            {
                return false;
            }
        }

        // A missing key has no value to compare with, not even an empty one; its numbers are 0.
        return !isEmpty || (compare.Target != Compare.Types.CompareTarget.Value && Holds(compare, default));
    }

    private static bool Holds(Compare compare, KeyValueView kv)
    {
        int order = compare.Target switch
        {
            Compare.Types.CompareTarget.Value => kv.Value.SequenceCompareTo(compare.Value.Span),
            Compare.Types.CompareTarget.Create => kv.CreateRevision.CompareTo(compare.CreateRevision),
            Compare.Types.CompareTarget.Mod => kv.ModRevision.CompareTo(compare.ModRevision),
            Compare.Types.CompareTarget.Version => kv.Version.CompareTo(compare.Version),
            Compare.Types.CompareTarget.Lease => kv.Lease.CompareTo(compare.Lease),
            _ => 0,
        };
        return compare.Result switch
        {
            Compare.Types.CompareResult.Equal => order == 0,
            Compare.Types.CompareResult.NotEqual => order != 0,
            Compare.Types.CompareResult.Greater => order > 0,
            Compare.Types.CompareResult.Less => order < 0,
            _ => true,
        };
    }
}
