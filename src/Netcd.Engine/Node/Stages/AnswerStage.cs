using Netcd.Engine.Apply;
using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Reads what takes long in the answers to writes that are applied (<see cref="LateAnswer"/>), in turn, so that a dear one does not hold
/// up the others for long; and other work about answers that does not belong on the engine's thread. An answer that is not whole at its
/// caller's deadline is given up.
/// </summary>
internal sealed class AnswerStage(NodeTiming timing) : IStage
{
    private readonly Inbox<Answer> inbox = new();
    private readonly Inbox<Action> tasks = new();
    private readonly Queue<Answer> waiting = [];
    private readonly Queue<Answer> reading = [];

    public string Name => "answers";

    /// <summary>Records are read from the mapped file.</summary>
    public bool BlocksOnDisk => true;

    public void SetWaker(Action wake)
    {
        inbox.SetWaker(wake);
        tasks.SetWaker(wake);
    }

    /// <summary>Takes a request that is applied; it is completed when its answer is whole.</summary>
    public void Finish(PendingRequest request, ApplyResult result) => inbox.Add(new Answer(request, result));

    /// <summary>Has something short done here that does not belong on the engine's thread.</summary>
    public void Run(Action task) => tasks.Add(task);

    public long Step(long nowMilliseconds)
    {
        foreach (Action task in tasks.Drain())
        {
            task();
        }

        foreach (Answer answer in inbox.Drain())
        {
            waiting.Enqueue(answer);
        }

        // What is read so far is held in memory: a few at a time.
        while (reading.Count < Limits.AnswersReadAtATime && waiting.TryDequeue(out Answer next))
        {
            reading.Enqueue(next);
        }

        if (reading.TryDequeue(out Answer current) && !TryRead(current, nowMilliseconds))
        {
            reading.Enqueue(current);
        }

        return reading.Count + waiting.Count > 0 ? nowMilliseconds : long.MaxValue;
    }

    /// <summary>Ends what waits: the node stops.</summary>
    public void FailAll(EtcdError error)
    {
        foreach (Action task in tasks.Drain())
        {
            task();
        }

        foreach (Answer answer in inbox.Drain().Concat(waiting).Concat(reading))
        {
            Complete(answer, new ApplyResult(error));
        }

        waiting.Clear();
        reading.Clear();
    }

    /// <summary>Reads one part; true where the request is completed by it.</summary>
    private bool TryRead(in Answer answer, long now)
    {
        if (now >= answer.Request.DeadlineMilliseconds)
        {
            Complete(answer, new ApplyResult(timing.Expiry(answer.Request, now)));
            return true;
        }

        LateAnswer late = answer.Result.Late!;
        late.ReadNext();
        if (late.Bytes > Limits.TxnAnswerBytes)
        {
            Complete(answer, new ApplyResult(EtcdErrors.AnswerTooLarge(late.Bytes)));
            return true;
        }

        if (late.IsWhole)
        {
            Complete(answer, new ApplyResult(answer.Result.Response!));
            return true;
        }

        return false;
    }

    private static void Complete(in Answer answer, ApplyResult result)
    {
        answer.Result.Late!.Dispose();
        answer.Request.Complete(result);
    }

    private readonly record struct Answer(PendingRequest Request, ApplyResult Result);
}
