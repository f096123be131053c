using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Simulation.Histories;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>
/// Looks for an order of the writes that explains every answer, revision after revision (Wing and Gong's search, with the
/// memory of Lowe's). A write that was answered names its revision; at a revision that nobody was told of, every write with
/// an unknown outcome that may stand there is tried. What was tried in vain from an equal state is not tried again.
/// </summary>
internal sealed class OrderSearch
{
    private readonly KvModel model;
    private readonly Dictionary<long, Operation> writers = [];
    private readonly Dictionary<long, List<(Operation Operation, IMessage Answer)>> observers = [];
    private readonly List<Operation> unsure;
    private readonly Observations observations;
    private readonly RealTimeOrder order;
    private readonly UsedSet used;
    private readonly HashSet<Position> visited = [];
    private readonly Stack<Choice> choices = new();
    private readonly IReadOnlyDictionary<long, int>? hints;
    private readonly long limit;
    private readonly long last;
    private string? fault;
    private (long Revision, string Reason) deepest = (0, "nothing was tried");

    public OrderSearch(
        IReadOnlyList<Operation> operations,
        RealTimeOrder order,
        long limit,
        bool remembersPast,
        IReadOnlyDictionary<long, int>? hints = null)
    {
        this.hints = hints;
        this.order = order;
        this.limit = limit;
        model = new KvModel(remembersPast ? PastRevisions(operations) : null);
        observations = new Observations(operations);
        foreach (Operation operation in operations.Where(
            static operation => operation is { IsAnswered: true, Request: not CompactionRequest }))
        {
            Place(operation);
            last = Math.Max(last, operation.HeaderRevision);
        }

        // What took effect without an answer did so soon after it was asked, most often: the newest are tried first.
        unsure = [.. operations
            .Where(static operation => operation.Outcome is Outcome.Unknown or Outcome.Pending
                && operation is { IsWrite: true, Request: not CompactionRequest })
            .OrderByDescending(static operation => operation.Invoked.Step)];
        used = new UsedSet(unsure);
    }

    /// <summary>Requests that were put to the model.</summary>
    public long Steps { get; private set; }

    /// <summary>Searches.</summary>
    /// <returns>Why there is no such order, or null where there is one.</returns>
    public string? Run()
    {
        bool isGoing = fault is null && Observe(1);
        while (isGoing && model.Revision < last)
        {
            isGoing = (Advance() || Backtrack()) && IsWithinLimit();
        }

        return fault
            ?? (isGoing || last == 0 ? null : $"no order of the operations explains revision {deepest.Revision}: {deepest.Reason}");
    }

    /// <summary>The revisions that were read when they were past.</summary>
    private static HashSet<long> PastRevisions(IReadOnlyList<Operation> operations) =>
        [.. operations.Where(static operation => operation.IsAnswered).SelectMany(static operation => PastRevisions(operation.Request))];

    private static IEnumerable<long> PastRevisions(IMessage? request) => request switch
    {
        RangeRequest { Revision: > 0 } range => [range.Revision],
        TxnRequest txn => txn.Success.Concat(txn.Failure)
            .SelectMany(static inner => PastRevisions((IMessage?)inner.RequestRange ?? inner.RequestTxn)),
        _ => [],
    };

    private void Place(Operation operation)
    {
        long revision = operation.HeaderRevision;
        bool hasWritten = Answers.HasWritten(operation.Response!);
        if (revision < (hasWritten ? 2 : 1))
        {
            // An empty store has revision 1: the search begins there, and would never come to what stands before it.
            fault ??= $"no store gives revision {revision}: {operation}";
        }
        else if (!hasWritten)
        {
            if (!observers.TryGetValue(revision, out List<(Operation, IMessage)>? at))
            {
                observers.Add(revision, at = []);
            }

            at.Add((operation, KvRules.WithoutHeaders(operation.Response!)));
        }
        else if (!writers.TryAdd(revision, operation))
        {
            fault ??= $"two writes have revision {revision}: {writers[revision]} and {operation}";
        }
    }

    /// <summary>Takes the next revision, by its writer or by the first that may be.</summary>
    private bool Advance()
    {
        long revision = model.Revision + 1;
        if (writers.TryGetValue(revision, out Operation? writer))
        {
            return Write(writer, revision) && Observe(revision);
        }

        Operation[] candidates = Candidates(revision);
        choices.Push(new Choice(revision, model.Here, candidates));
        Blame(revision, $"none of the {candidates.Length} operations whose outcome is unknown can have written it");
        return false;
    }

    /// <summary>
    /// Who may have written a revision, the one that a hint names first. Equal requests do the same, now and at any later
    /// revision: one of them stands for all.
    /// </summary>
    private Operation[] Candidates(long revision)
    {
        int hinted = hints?.GetValueOrDefault(revision, -1) ?? -1;
        return [.. unsure
            .Where(operation => !used.Contains(operation) && order.MayWrite(operation, revision))
            .OrderBy(operation => operation.Number == hinted ? 0 : 1)
            .DistinctBy(static operation => operation.Request)];
    }

    /// <summary>Goes back to the last revision where another write may stand, and takes that one.</summary>
    private bool Backtrack()
    {
        while (choices.TryPeek(out Choice? choice))
        {
            model.UndoTo(choice.Before);
            used.Remove(choice.Taken);
            choice.Taken = null;
            while (choice.Next < choice.Candidates.Length && IsWithinLimit())
            {
                if (Take(choice, choice.Candidates[choice.Next++]))
                {
                    return true;
                }

                model.UndoTo(choice.Before);
            }

            choices.Pop();
        }

        return false;
    }

    private bool Take(Choice choice, Operation candidate)
    {
        Steps++;
        KvRules.Apply(model, candidate.Request);
        if (model.Revision != choice.Revision || !observations.Allow(choice.Revision, model, model.WrittenSince(choice.Before)))
        {
            return false;
        }

        used.Add(candidate);
        if (visited.Add(new Position(choice.Revision, model.Sum, model.PastSum, used.ToKey())) && Observe(choice.Revision))
        {
            choice.Taken = candidate;
            return true;
        }

        used.Remove(candidate);
        return false;
    }

    private bool Write(Operation writer, long revision)
    {
        Steps++;
        IMessage expected = KvRules.Apply(model, writer.Request);
        if (model.Revision == revision && expected.Equals(KvRules.WithoutHeaders(writer.Response!)))
        {
            return true;
        }

        Blame(revision, $"{writer} should have been answered {expected} with revision {model.Revision}");
        return false;
    }

    /// <summary>Whether all that was seen at a revision is what the model shows there.</summary>
    private bool Observe(long revision)
    {
        foreach ((Operation operation, IMessage answer) in observers.GetValueOrDefault(revision, []))
        {
            Steps++;
            KvModel.Mark before = model.Here;
            bool isFuture = operation.Request is RangeRequest range && range.Revision > revision;
            IMessage expected = KvRules.Apply(model, operation.Request);
            if (isFuture || model.Revision != revision || !expected.Equals(answer))
            {
                model.UndoTo(before);
                Blame(revision, isFuture ? $"{operation} read the future" : $"{operation} should have been answered {expected}");
                return false;
            }
        }

        return true;
    }

    private void Blame(long revision, string reason)
    {
        if (revision >= deepest.Revision)
        {
            deepest = (revision, reason);
        }
    }

    private bool IsWithinLimit()
    {
        if (fault is null && Steps > limit)
        {
            fault = $"not decided within {limit} steps, at revision {model.Revision} of {last}: {deepest.Reason}";
        }

        return fault is null;
    }

    /// <summary>A revision that nobody was told of.</summary>
    private sealed class Choice(long revision, KvModel.Mark before, Operation[] candidates)
    {
        public long Revision { get; } = revision;

        public KvModel.Mark Before { get; } = before;

        public Operation[] Candidates { get; } = candidates;

        public int Next { get; set; }

        public Operation? Taken { get; set; }
    }

    /// <summary>Where the search has been: the revision, the state there, the states before it that are read, and which unknown writes it
    /// holds.</summary>
    private readonly record struct Position(long Revision, ulong State, ulong Past, string Used);
}
