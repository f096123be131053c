using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>A client that waits: for the answer, the end of the connection, or the end of its patience, whichever comes first.</summary>
internal sealed class Waiter(VirtualTime time)
{
    /// <summary>
    /// Deadlines are looked at each half second, by the step that comes next; what it ends is seen after it. Nine units of work at the
    /// slowest pace are a step with the last piece that it has begun.
    /// </summary>
    private const long Delay = (500 + (2 * 9 * 50)) * VirtualTime.Millisecond;

    private readonly TaskCompletionSource<Answer> outcome = new();

    private bool isOver;

    /// <summary>Ends with the outcome, in an event of its own.</summary>
    public Task<Answer> Task => outcome.Task;

    /// <summary>An answer was given.</summary>
    public void Answer(Answer answer) => End(answer, 100);

    /// <summary>Gives up when the member dies, or after a while.</summary>
    /// <param name="member">The member.</param>
    /// <param name="microseconds">The while.</param>
    /// <param name="isHeld">Whether the member has to end the wait by itself then, with a little delay: else the run fails.</param>
    public void LimitTo(SimulatedMember member, long microseconds, bool isHeld = false)
    {
        time.After(isHeld ? microseconds + Delay : microseconds, () =>
        {
            if (isHeld && !isOver)
            {
                throw new ViolationException(
                    "deadlines", $"{member.Name} has not ended a wait of {microseconds / 1000} ms {Delay / 1000} ms later");
            }

            End(Workload.Answer.Lost, 0);
        });
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
