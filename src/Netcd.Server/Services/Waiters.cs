using System.Threading.Tasks.Sources;
using Netcd.Engine.Apply;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Server.Services;

/// <summary>A request in the log that a handler awaits.</summary>
internal sealed class ProposalWaiter(InternalRaftRequest request) : PendingRequest(request), IValueTaskSource<ApplyResult>
{
    // Continuations must not run on the engine's thread: it has other work.
    private ManualResetValueTaskSourceCore<ApplyResult> source = new() { RunContinuationsAsynchronously = true };
    private int isCompleted;

    /// <summary>The outcome; awaited once.</summary>
    public ValueTask<ApplyResult> Outcome => new(this, source.Version);

    /// <inheritdoc/>
    public ApplyResult GetResult(short token) => source.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => source.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);

    /// <summary>Stops waiting: the caller has gone. The request may still be applied.</summary>
    public void Abandon(EtcdError error) => Complete(new ApplyResult(error));

    /// <inheritdoc/>
    protected override void Complete(ApplyResult result)
    {
        if (Interlocked.Exchange(ref isCompleted, 1) == 0)
        {
            source.SetResult(result);
        }
    }
}

/// <summary>A confirmation of local state that a handler awaits.</summary>
internal sealed class ReadWaiter : PendingRead, IValueTaskSource<EtcdError?>
{
    private ManualResetValueTaskSourceCore<EtcdError?> source = new() { RunContinuationsAsynchronously = true };
    private int isCompleted;

    /// <summary>The outcome; awaited once.</summary>
    public ValueTask<EtcdError?> Outcome => new(this, source.Version);

    /// <inheritdoc/>
    public EtcdError? GetResult(short token) => source.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => source.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);

    /// <summary>Stops waiting: the caller has gone.</summary>
    public void Abandon(EtcdError error) => Complete(error);

    /// <inheritdoc/>
    protected override void Complete(EtcdError? error)
    {
        if (Interlocked.Exchange(ref isCompleted, 1) == 0)
        {
            source.SetResult(error);
        }
    }
}
