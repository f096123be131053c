using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>A client that waits: for the answer, the end of the connection, or the end of its patience, whichever comes first.</summary>
internal sealed class Waiter(VirtualTime time)
{
    private readonly TaskCompletionSource<Answer> outcome = new();
    private bool isOver;

    /// <summary>Ends with the outcome, in an event of its own.</summary>
    public Task<Answer> Task => outcome.Task;

    /// <summary>An answer was given.</summary>
    public void Answer(Answer answer) => End(answer, 100);

    /// <summary>Gives up when the member dies, or after a while.</summary>
    public void LimitTo(SimulatedMember member, long microseconds)
    {
        time.After(microseconds, () => End(Workload.Answer.Lost, 0));
        member.WhenGone(() => End(Workload.Answer.Lost, 200));
    }

    private void End(Answer answer, long microseconds)
    {
        if (!isOver)
        {
            isOver = true;
            time.After(microseconds, () => outcome.SetResult(answer));
        }
    }
}
