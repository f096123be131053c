using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Simulation.Histories;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>
/// Each answer names the revision at which it was given, and with it its place in the order: the write of revision r at 2r,
/// what looked at revision r at 2r + 1. What was answered before another one began must not stand behind it.
/// </summary>
internal sealed class RealTimeOrder
{
    private readonly Dictionary<int, long> floors = [];

    private RealTimeOrder()
    {
    }

    /// <summary>What is wrong with the order that the answers give, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Looks at a history.</summary>
    public static RealTimeOrder Of(IReadOnlyList<Operation> operations)
    {
        RealTimeOrder order = new();
        Operation?[] returned = [.. operations.Where(static operation => operation is { IsAnswered: true, Request: not CompactionRequest })
            .OrderBy(static operation => operation.Returned!.Value.Step)];
        int next = 0;
        Operation? newest = null;
        foreach (Operation operation in operations.OrderBy(static operation => operation.Invoked.Step))
        {
            for (; next < returned.Length && returned[next]!.Returned!.Value.Step < operation.Invoked.Step; next++)
            {
                newest = newest is null || PlaceOf(returned[next]!) > PlaceOf(newest) ? returned[next] : newest;
            }

            order.Take(operation, newest);
        }

        return order;
    }

    /// <summary>Whether an operation with an unknown outcome can be the write of a revision: it was begun before anybody saw that
    /// revision.</summary>
    public bool MayWrite(Operation operation, long revision) => floors[operation.Number] < 2 * revision;

    private static long PlaceOf(Operation operation) =>
        (2 * operation.HeaderRevision) + (Answers.HasWritten(operation.Response!) ? 0 : 1);

    private void Take(Operation operation, Operation? newest)
    {
        long floor = newest is null ? 0 : PlaceOf(newest);
        floors.Add(operation.Number, floor);
        if (Fault is not null || operation.Request is CompactionRequest)
        {
            return;
        }

        if (operation is { IsAnswered: true, IsSerializable: false } && PlaceOf(operation) < floor)
        {
            Fault =
                $"{operation} was answered at revision {operation.HeaderRevision}, though revision {newest!.HeaderRevision} had been seen "
                    + $"before it began: {newest}";
        }
        else if (operation is { Request: RangeRequest { Serializable: false } range, Error: { } error }
            && error.Equals(EtcdErrors.FutureRevision) && floor >= 2 * range.Revision)
        {
            Fault = $"{operation} was told that its revision is still to come, though it had been seen before it began: {newest}";
        }
    }
}
