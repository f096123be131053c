using Google.Protobuf.Collections;
using Netcd.Engine.Metering;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>
/// What a transaction is going to do: the operations of the branches taken, those of nested transactions in their places. All
/// conditions, the nested ones too, are decided on the store as it was before the transaction's first write.
/// </summary>
internal sealed class TxnPlan
{
    private readonly Stack<Level> levels = [];
    private TxnRequest? undecided;
    private CompareWalk? condition;
    private int conditionsHeld;
    private int conditionsDecided;

    public TxnPlan(TxnRequest request) => undecided = request;

    /// <summary>The operations in their order.</summary>
    public List<PlannedOperation> Operations { get; } = [];

    /// <summary>Decides on a state that does not change meanwhile.</summary>
    public static TxnPlan Decide(ReadState state, TxnRequest request)
    {
        TxnPlan plan = new(request);
        WorkMeter meter = WorkMeter.Unlimited;
        while (!plan.Step(state, meter))
        {
            meter = WorkMeter.Unlimited;
        }

        return plan;
    }

    /// <summary>Goes on to decide; false where it pauses.</summary>
    public bool Step(ReadState state, WorkMeter meter)
    {
        while (undecided is not null || levels.Count > 0)
        {
            if (undecided is null)
            {
                TakeNext(meter);
            }
            else if (Conditions(state, undecided, meter) is { } succeeded)
            {
                Operations.Add(PlannedOperation.Begin(succeeded));
                levels.Push(new Level(Branch(undecided, succeeded)));
                undecided = null;
            }

            if (meter.IsSpent)
            {
                return undecided is null && levels.Count == 0;
            }
        }

        return true;
    }

    /// <summary>Counts what the transaction does. The conditions of one that writes are read before it, and by themselves.</summary>
    public void Count(StoreMetrics metrics)
    {
        (int ranges, int puts, int deletions) = (0, 0, 0);
        foreach (PlannedOperation step in Operations)
        {
            switch (step.Operation?.RequestCase)
            {
                case RequestOp.RequestOneofCase.RequestRange:
                    ranges++;
                    break;
                case RequestOp.RequestOneofCase.RequestPut:
                    puts++;
                    ranges += KvApplier.ReadsPrevious(step.Operation.RequestPut) ? 1 : 0;
                    break;
                case RequestOp.RequestOneofCase.RequestDeleteRange:
                    deletions++;
                    ranges += step.Operation.RequestDeleteRange.PrevKv ? 1 : 0;
                    break;
            }
        }

        if (puts + deletions > 0)
        {
            metrics.Count(conditionsDecided, 0, 0);
            metrics.Count(ranges, puts, deletions);
        }
        else
        {
            metrics.Count(conditionsDecided + ranges, 0, 0);
        }
    }

    private static RepeatedField<RequestOp> Branch(TxnRequest request, bool succeeded) => succeeded ? request.Success : request.Failure;

    private void TakeNext(WorkMeter meter)
    {
        Level level = levels.Peek();
        if (level.Next == level.Branch.Count)
        {
            levels.Pop();
            Operations.Add(PlannedOperation.End);
            return;
        }

        RequestOp operation = level.Branch[level.Next++];
        meter.Spend(1);
        if (operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn)
        {
            undecided = operation.RequestTxn;
        }
        else
        {
            Operations.Add(PlannedOperation.Of(operation));
        }
    }

    /// <summary>Whether all conditions of a level hold; null where it pauses.</summary>
    private bool? Conditions(ReadState state, TxnRequest request, WorkMeter meter)
    {
        while (conditionsHeld < request.Compare.Count)
        {
            CompareWalk walk = condition ?? new CompareWalk(request.Compare[conditionsHeld]);
            bool? holds = walk.Step(state, meter);
            condition = holds is null ? walk : null;
            if (holds is null)
            {
                return null;
            }

            conditionsDecided++;
            if (holds is false)
            {
                conditionsHeld = 0;
                return false;
            }

            conditionsHeld++;
            if (meter.IsSpent && conditionsHeld < request.Compare.Count)
            {
                return null;
            }
        }

        conditionsHeld = 0;
        return true;
    }

    private sealed class Level(RepeatedField<RequestOp> branch)
    {
        public RepeatedField<RequestOp> Branch { get; } = branch;

        public int Next { get; set; }
    }
}

/// <summary>A step of a transaction: an operation, or where a transaction (the outermost too) begins and ends.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Operation">The operation, which is not a transaction; null where one begins or ends.</param>
/// <param name="Succeeded">Where one begins: whether its conditions hold.</param>
internal readonly record struct PlannedOperation(PlannedKind Kind, RequestOp? Operation, bool Succeeded)
{
    public static PlannedOperation End => new(PlannedKind.End, null, false);

    public static PlannedOperation Begin(bool succeeded) => new(PlannedKind.Begin, null, succeeded);

    public static PlannedOperation Of(RequestOp operation) => new(PlannedKind.Operation, operation, false);
}

/// <summary>The kinds of steps.</summary>
internal enum PlannedKind
{
    /// <summary>A range, a put or a deletion; or an operation that says nothing.</summary>
    Operation,

    /// <summary>A transaction begins.</summary>
    Begin,

    /// <summary>The transaction that began last, and has not ended, ends.</summary>
    End,
}
