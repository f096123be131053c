namespace Netcd.Server.Running;

/// <summary>Memory that answers under way share. Who wants more than is left waits, in the order of asking.</summary>
/// <param name="most">Bytes in all; a share that is larger gets all of them.</param>
internal sealed class MemoryBudget(long most)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> waiting = [];
    private readonly long whole = most;
    private long free = most;

    /// <summary>Takes a share, when there is one.</summary>
    /// <exception cref="OperationCanceledException">It is waited for no more.</exception>
    public ValueTask<Share> TakeAsync(long bytes, CancellationToken cancellation)
    {
        bytes = Math.Min(bytes, whole);
        LinkedListNode<Waiter> place;
        lock (gate)
        {
            if (waiting.Count == 0 && bytes <= free)
            {
                free -= bytes;
                return ValueTask.FromResult(new Share(this, bytes));
            }

            place = waiting.AddLast(new Waiter(bytes));
        }

        return WaitAsync(place, cancellation);
    }

    private async ValueTask<Share> WaitAsync(LinkedListNode<Waiter> place, CancellationToken cancellation)
    {
        using (cancellation.UnsafeRegister(_ => Abandon(place, cancellation), null))
        {
            await place.Value.Turn.Task.ConfigureAwait(false);
        }

        return new Share(this, place.Value.Bytes);
    }

    private void Abandon(LinkedListNode<Waiter> place, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (place.List is null)
            {
                return;
            }

            waiting.Remove(place);
        }

        place.Value.Turn.TrySetCanceled(cancellation);
        Return(0);
    }

    private void Return(long bytes)
    {
        lock (gate)
        {
            free += bytes;
            while (waiting.First is { } first && first.Value.Bytes <= free)
            {
                free -= first.Value.Bytes;
                waiting.RemoveFirst();
                first.Value.Turn.TrySetResult();
            }
        }
    }

    /// <summary>A part of the budget; given back when it is disposed.</summary>
    internal sealed class Share(MemoryBudget budget, long bytes) : IDisposable
    {
        private long held = bytes;

        /// <inheritdoc/>
        public void Dispose() => budget.Return(Interlocked.Exchange(ref held, 0));
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
