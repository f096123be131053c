
namespace Netcd.Engine.Requests;

/// <summary>What the conditions cost of all requests that are on their way through the log, bounded; for any thread.</summary>
internal sealed class ConditionCosts
{
    private long inAll;

    /// <summary>Counts a request's; false where that would be too much, and it is not counted.</summary>
    public bool TryAdd(long cost)
    {
        if (cost == 0 || Interlocked.Add(ref inAll, cost) <= Limits.MaxComparedRecords)
        {
            return true;
        }

        Remove(cost);
        return false;
    }

    /// <summary>A request is applied, or never will be.</summary>
    public void Remove(long cost) => Interlocked.Add(ref inAll, -cost);
}
