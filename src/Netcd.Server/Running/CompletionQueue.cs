namespace Netcd.Server.Running;

/// <summary>
/// Outcomes on their way from the engine's thread to the thread pool. What one step completes is handed over in few work
/// items: waking a pool thread for each outcome costs more than most of what it then does.
/// </summary>
internal sealed class CompletionQueue
{
    /// <summary>Outcomes in one work item at least: enough to pay for its way.</summary>
    private const int ItemsPerBatch = 16;

    /// <summary>Work items that a large number is divided into: few enough not to crowd the pool, and work for all cores.</summary>
    private static readonly int MaxBatches = 2 * Environment.ProcessorCount;

    private readonly Lock gate = new();
    private List<ICompletion> pending = [];

    /// <summary>Takes an outcome; it is delivered after the next <see cref="Flush"/>.</summary>
    public void Add(ICompletion completion)
    {
        lock (gate)
        {
            pending.Add(completion);
        }
    }

    /// <summary>Hands over what has gathered; called after each round of steps.</summary>
    public void Flush()
    {
        List<ICompletion> taken;
        lock (gate)
        {
            if (pending.Count == 0)
            {
                return;
            }

            (taken, pending) = (pending, []);
        }

        int items = Math.Max(ItemsPerBatch, (taken.Count + MaxBatches - 1) / MaxBatches);
        for (int start = 0; start < taken.Count; start += items)
        {
            ThreadPool.UnsafeQueueUserWorkItem(new Batch(taken, start, items), preferLocal: false);
        }
    }

    private sealed class Batch(List<ICompletion> completions, int start, int count) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            int end = Math.Min(start + count, completions.Count);
            for (int i = start; i < end; i++)
            {
                completions[i].Deliver();
            }
        }
    }
}

/// <summary>An outcome that someone awaits.</summary>
internal interface ICompletion
{
    /// <summary>Runs the continuation of who awaits it, on the calling thread.</summary>
    void Deliver();
}
