using System.Threading.Tasks.Sources;
using Netcd.Server.Running;

namespace Netcd.Server.Watching;

/// <summary>
/// Something that one handler waits for again and again. Arm it, then look, then wait: who wakes it in between is not missed.
/// An idle stream holds one of these and no task.
/// </summary>
internal sealed class WakeSignal(CompletionQueue queue) : IValueTaskSource, ICompletion
{
    private const int Idle = 0;
    private const int Armed = 1;
    private const int Waking = 2;

    private ManualResetValueTaskSourceCore<bool> source;
    private int phase;

    /// <summary>Completes once when it is woken after it was armed.</summary>
    public ValueTask Woken => new(this, source.Version);

    /// <summary>Begins a wait, where none is under way.</summary>
    public void Arm()
    {
        if (Volatile.Read(ref phase) == Idle)
        {
            source.Reset();
            Volatile.Write(ref phase, Armed);
        }
    }

    /// <summary>Ends the wait, if there is one, with the queue's next flush.</summary>
    public void Wake()
    {
        if (Interlocked.CompareExchange(ref phase, Waking, Armed) == Armed)
        {
            queue.Add(this);
        }
    }

    /// <inheritdoc/>
    public void Deliver() => source.SetResult(true);

    /// <inheritdoc/>
    public void GetResult(short token)
    {
        source.GetResult(token);
        Volatile.Write(ref phase, Idle);
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => source.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);
}
