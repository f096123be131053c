using System.Threading.Tasks.Sources;
using Netcd.Engine.Apply;
using Netcd.Engine.Leases;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.Running;

namespace Netcd.Server.EngineAccess;

/// <summary>An outcome that a handler awaits once, delivered through the completion queue.</summary>
internal sealed class Outcome<T>(CompletionQueue queue) : IValueTaskSource<T>, ICompletion
{
    // The queue delivers on the thread pool, so that continuations may run where they are delivered.
    private ManualResetValueTaskSourceCore<T> source;
    private T result = default!;
    private int isCompleted;

    /// <summary>The outcome; awaited once.</summary>
    public ValueTask<T> Task => new(this, source.Version);

    /// <summary>Sets the outcome; the first one counts.</summary>
    public void Complete(T value)
    {
        if (Interlocked.Exchange(ref isCompleted, 1) == 0)
        {
            result = value;
            queue.Add(this);
        }
    }

    /// <summary>Ends the wait from outside of the engine, where nobody flushes the queue.</summary>
    public void Abandon(T value)
    {
        Complete(value);
        queue.Flush();
    }

    /// <inheritdoc/>
    public void Deliver() => source.SetResult(result);

    /// <inheritdoc/>
    public T GetResult(short token) => source.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => source.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);
}

/// <summary>A request in the log that a handler awaits.</summary>
internal sealed class ProposalWaiter(InternalRaftRequest request, CompletionQueue queue) : PendingRequest(request)
{
    /// <summary>What applying the request gave.</summary>
    public Outcome<ApplyResult> Outcome { get; } = new(queue);

    /// <inheritdoc/>
    protected override void Complete(ApplyResult result) => Outcome.Complete(result);
}

/// <summary>A confirmation of local state that a handler awaits.</summary>
internal sealed class ReadWaiter(CompletionQueue queue) : PendingRead
{
    /// <summary>Null, or why local state could not be confirmed.</summary>
    public Outcome<EtcdError?> Outcome { get; } = new(queue);

    /// <inheritdoc/>
    protected override void Complete(EtcdError? error) => Outcome.Complete(error);
}

/// <summary>Keep-alives that a handler awaits the answers to.</summary>
internal sealed class RenewalsWaiter(Renewal[] renewals, CompletionQueue queue) : PendingRenewals(renewals)
{
    /// <summary>Null when all are answered, or why nobody waits for that any more.</summary>
    public Outcome<EtcdError?> Outcome { get; } = new(queue);

    /// <inheritdoc/>
    protected override void Complete() => Outcome.Complete(null);
}

/// <summary>A question about leases that a handler awaits the answer to.</summary>
internal sealed class LeaseWaiter(LeaseQuery question, LeaseId id, CompletionQueue queue) : PendingLeaseCall(question, id)
{
    /// <summary>The answer.</summary>
    public Outcome<LeaseAnswer> Outcome { get; } = new(queue);

    /// <inheritdoc/>
    protected override void Complete(LeaseAnswer answer) => Outcome.Complete(answer);
}
