using Netcd.Server.Running;

namespace Netcd.Server.Services;

/// <summary>
/// What large answers share: memory, for which they wait, and threads that give way to all others. An answer of megabytes takes a
/// processor for milliseconds to build and to encode; a few senders who ask for many of them must not take the pool from everyone else.
/// </summary>
internal sealed class LargeAnswers
{
    /// <summary>Nothing is refused here: what waits is bounded by the memory that it has taken, or by the calls that may run.</summary>
    private readonly LowShareThreads threads = new("netcd-answers", Math.Max(1, Environment.ProcessorCount / 2), int.MaxValue);

    /// <summary>Memory of answers that have to be whole before they are sent.</summary>
    public MemoryBudget Memory { get; } = new(ServiceLimits.BufferedAnswerBytes);

    /// <summary>Builds, encodes or reads something large.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation) => threads.RunAsync(_ => work(), cancellation);

    /// <summary>The bytes of an answer.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public ValueTask<long> SizeOfAsync(IDirectAnswer answer, CancellationToken cancellation) => answer.Count > ServiceLimits.KeysOnPool
        ? new ValueTask<long>(RunAsync(answer.CalculateSize, cancellation))
        : ValueTask.FromResult(answer.CalculateSize());
}
