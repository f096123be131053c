using Netcd.Engine.Apply;
using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;

namespace Netcd.Engine.Node.Stages;

/// <summary>What others may ask of the answer stage, from any thread.</summary>
internal sealed class AnswerPort
{
    /// <summary>What was asked, in its order.</summary>
    public Inbox<AnswerWork> Inbox { get; } = new();

    /// <summary>
    /// A request is applied and published, and its answer has parts that take long to read: it is completed when they are there.
    /// </summary>
    public void Finish(PendingRequest request, ApplyResult result) => Inbox.Add(new AnswerWork.Finish(request, result));

    /// <summary>Has something short done that does not belong on the engine's thread.</summary>
    public void Run(Action task) => Inbox.Add(new AnswerWork.Run(task));
}

/// <summary>Something that the answer stage is asked to do.</summary>
internal abstract record AnswerWork
{
    internal sealed record Finish(PendingRequest Request, ApplyResult Result) : AnswerWork;

    internal sealed record Run(Action Task) : AnswerWork;
}
