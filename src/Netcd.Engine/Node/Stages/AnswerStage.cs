using Netcd.Engine.Apply;
using Netcd.Engine.Scheduling;
using Netcd.Protocol.Errors;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Reads what takes long in the answers to writes that are applied (<see cref="LateAnswer"/>), in turn, so that a dear one does not hold
/// up the others for long; and other work about answers that does not belong on the engine's thread. An answer that is not whole at its
/// caller's deadline is given up.
/// </summary>
internal sealed class AnswerStage(AnswerPort port, NodeTiming timing) : IStage
{
    private readonly Queue<AnswerWork.Finish> waiting = [];
    private readonly Queue<AnswerWork.Finish> reading = [];

    public string Name => "answers";

    /// <summary>Records are read from the mapped file.</summary>
    public bool BlocksOnDisk => true;

    public int Waiting => port.Inbox.Count;

    public void SetWaker(Action wake) => port.Inbox.SetWaker(wake);

    public long Step(long nowMilliseconds)
    {
        TakeWork();

        // What is read so far is held in memory: a few at a time.
        while (reading.Count < Limits.AnswersReadAtATime && waiting.TryDequeue(out AnswerWork.Finish? next))
        {
            reading.Enqueue(next);
        }

        if (reading.TryDequeue(out AnswerWork.Finish? current) && !TryRead(current, nowMilliseconds))
        {
            reading.Enqueue(current);
        }

        return reading.Count + waiting.Count > 0 ? nowMilliseconds : long.MaxValue;
    }

    /// <summary>Ends what waits: the node stops.</summary>
    public void FailAll(EtcdError error)
    {
        TakeWork();
        foreach (AnswerWork.Finish answer in waiting.Concat(reading))
        {
            Complete(answer, new ApplyResult(error));
        }

        waiting.Clear();
        reading.Clear();
    }

    private void TakeWork()
    {
        foreach (AnswerWork work in port.Inbox.Drain())
        {
            if (work is AnswerWork.Run run)
            {
                run.Task();
            }
            else if (work is AnswerWork.Finish answer)
            {
                waiting.Enqueue(answer);
            }
        }
    }

    /// <summary>Reads one part; true where the request is completed by it.</summary>
    private bool TryRead(AnswerWork.Finish answer, long now)
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

    private static void Complete(AnswerWork.Finish answer, ApplyResult result)
    {
        answer.Result.Late!.Dispose();
        answer.Request.Complete(result);
    }
}
