using Netcd.Protocol.Errors;
using Netcd.Server.Running;

namespace Netcd.Server.Auth;

/// <summary>
/// Threads for passwords, whose hashes take a processor for long: half of the processors, with a low share of them, so that a storm of
/// log-ins takes nothing from others. Sources take turns, so that it does not keep others from logging in either.
/// </summary>
internal sealed class PasswordWorkers
{
    private const int DefaultMaxWaiting = 1_024;

    private readonly int threads;
    private readonly LowShareThreads pool;
    private readonly FairQueue<Job> waiting;
    private readonly Lock gate = new();
    private int running;

    /// <summary>With as many threads as the machine has room for.</summary>
    public PasswordWorkers()
        : this(Math.Max(1, Environment.ProcessorCount / 2), DefaultMaxWaiting)
    {
    }

    /// <param name="threads">Jobs at a time.</param>
    /// <param name="maxWaiting">Jobs that wait for their turn.</param>
    public PasswordWorkers(int threads, int maxWaiting)
    {
        this.threads = threads;
        pool = new LowShareThreads("passwords", threads, threads);
        waiting = new FairQueue<Job>(maxWaiting);
    }

    /// <summary>Runs a job when it is its turn.</summary>
    /// <param name="source">Whose it is. What a client can make up as it likes must not be in it, or the client has as many sources as it
    /// likes: the user counts where there is such a user, the address always.</param>
    /// <param name="job">The work. One that has begun is not stopped.</param>
    /// <param name="cancellation">Takes it out of the queue.</param>
    /// <exception cref="EtcdException">Too many wait already, of this source or of all.</exception>
    public async Task<T> RunAsync<T>(string source, Func<T> job, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Job<T> item = new(job);
        FairQueue<Job>.Place place = Enqueue(source, item);
        using (cancellation.UnsafeRegister(_ => Abandon(place, cancellation), null))
        {
            return await item.Outcome.ConfigureAwait(false);
        }
    }

    private FairQueue<Job>.Place Enqueue(string source, Job item)
    {
        FairQueue<Job>.Place? place;
        Job? pushedOut;
        bool needsThread;
        lock (gate)
        {
            if (!waiting.TryAdd(source, item, out place, out pushedOut))
            {
                throw EtcdErrors.TooManyRequests.ToException();
            }

            needsThread = running < threads;
            running += needsThread ? 1 : 0;
        }

        pushedOut?.Refuse();
        if (needsThread)
        {
            // There is room: no more than as many as there are threads are ever in the pool's queue.
            _ = pool.RunAsync(RunAll, CancellationToken.None);
        }

        return place;
    }

    private bool RunAll(CancellationToken cancellation)
    {
        while (Next() is { } job)
        {
            job.Run();
        }

        return true;
    }

    private Job? Next()
    {
        lock (gate)
        {
            Job? job = waiting.Take();
            running -= job is null ? 1 : 0;
            return job;
        }
    }

    private void Abandon(FairQueue<Job>.Place place, CancellationToken cancellation)
    {
        bool isRemoved;
        lock (gate)
        {
            isRemoved = waiting.TryRemove(place);
        }

        if (isRemoved)
        {
            place.Node.Value.Cancel(cancellation);
        }
    }

    private abstract class Job
    {
        public abstract void Run();

        public abstract void Refuse();

        public abstract void Cancel(CancellationToken cancellation);
    }

    private sealed class Job<T>(Func<T> work) : Job
    {
        private readonly TaskCompletionSource<T> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Outcome => outcome.Task;

        public override void Refuse() => outcome.TrySetException(EtcdErrors.TooManyRequests.ToException());

        public override void Cancel(CancellationToken cancellation) => outcome.TrySetCanceled(cancellation);

        public override void Run()
        {
            try
            {
                outcome.TrySetResult(work());
            }
#pragma warning disable CA1031 // The caller gets it, whatever it is.
            catch (Exception failure)
            {
                outcome.TrySetException(failure);
            }
#pragma warning restore CA1031
        }
    }
}
