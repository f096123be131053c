using Google.Protobuf;
using Netcd.Engine.Requests;
using Netcd.Simulation.Histories;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>Notes every operation of every client, for the checker that looks at the whole run in the end.</summary>
internal sealed class HistoryRecorder(VirtualTime time)
{
    private readonly List<(int Operation, PendingRequest Request)> proposed = [];

    /// <summary>What was noted.</summary>
    public History History { get; } = new(() => time.Now);

    /// <summary>A client begins, or goes on after an operation whose outcome it does not know.</summary>
    public int NewProcess() => History.NewProcess();

    /// <summary>An operation begins.</summary>
    /// <returns>Its number.</returns>
    public int Invoke(int process, IMessage request) => History.Invoke(process, request).Number;

    /// <summary>An operation goes through the log as this request.</summary>
    public void Proposed(int operation, PendingRequest request) => proposed.Add((operation, request));

    /// <summary>Which operation has written a revision, by the ids of the requests.</summary>
    public IReadOnlyDictionary<long, int> OperationsOf(IReadOnlyDictionary<long, ulong> writers)
    {
        Dictionary<ulong, int> operations = [];
        foreach ((int operation, PendingRequest request) in proposed)
        {
            operations.TryAdd(request.Id, operation);
        }

        return writers.Where(writer => operations.ContainsKey(writer.Value))
            .ToDictionary(static writer => writer.Key, writer => operations[writer.Value]);
    }

    /// <summary>An operation ends. A read whose answer was lost is refused: it has had no effect.</summary>
    public void Return(int operation, Answer answer, bool isUnsure)
    {
        Operation ended = History.Operations[operation];
        if (answer.Kind == AnswerKind.Done)
        {
            History.Answer(ended, answer.Response!);
        }
        else if (isUnsure)
        {
            History.Forget(ended, answer.Error);
        }
        else
        {
            History.Refuse(ended, answer.Error);
        }
    }
}
