using Netcd.Simulation.Histories;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>
/// Whether one order of all operations, each between its invocation and its return, explains every answer of a history.
/// <para>
/// An answer names the revision at which it was given, and only a write takes a revision: an answered operation has no choice
/// of its place. That is what has to be shown, not what is taken for granted: real time must agree with those places
/// (<see cref="RealTimeOrder"/>), no two writes may share one, none may stay empty, and the model must answer the same there
/// (<see cref="OrderSearch"/>). Choices are left at the revisions that nobody was told of, where writes with an unknown outcome
/// may stand. Keys are not looked at apart from each other: transactions and ranges join them, and the revisions
/// leave so little to choose that nothing would be won.
/// </para>
/// <para>A serializable read may be old, but is the state of one revision, and never one that was not yet written.</para>
/// </summary>
internal static class LinearizabilityChecker
{
    /// <summary>After so many requests to the model a history counts as failed. A count, not a time: a seed has one verdict on every
    /// machine.</summary>
    public const long DefaultLimit = 20_000_000;

    /// <summary>Checks a history.</summary>
    /// <param name="history">What the clients have seen.</param>
    /// <param name="limit">Requests to the model.</param>
    /// <param name="hints">
    /// For a revision the number of the operation that is said to have written it. A hint decides what is tried first and nothing
    /// else: an order is accepted only when it explains every answer, and none is rejected before all were tried.
    /// </param>
    public static LinearizabilityVerdict Check(History history, long limit = DefaultLimit, IReadOnlyDictionary<long, int>? hints = null)
    {
        IReadOnlyList<Operation> operations = history.Operations;
        RealTimeOrder order = RealTimeOrder.Of(operations);
        if ((order.Fault ?? CompactionRules.Check(operations)) is { } fault)
        {
            return new LinearizabilityVerdict(false, fault, 0);
        }

        OrderSearch search = new(operations, order, limit, remembersPast: false, hints);
        string? found = search.Run();
        if (found is not null)
        {
            // States that are equal now may differ in a past that is read: only a search that tells them apart may reject.
            search = new OrderSearch(operations, order, limit, remembersPast: true, hints);
            found = search.Run();
        }

        return new LinearizabilityVerdict(found is null, found, search.Steps);
    }
}
