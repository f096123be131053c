using System.Runtime.InteropServices;
using Netcd.Protocol.Errors;

namespace Netcd.Server.Running;

/// <summary>
/// Threads for reads that take a processor for long: sums over the whole store, ranges of very many keys. There are few of them and they
/// give way to all others, so that neither the pool, which serves clients and members, nor the engine waits for such a read.
/// </summary>
/// <param name="name">The threads' name.</param>
/// <param name="threads">Reads at a time.</param>
/// <param name="mostWaiting">Reads that wait for their turn; more are refused with <c>too many requests</c>.</param>
internal sealed partial class LowShareThreads(string name, int threads, int mostWaiting)
{
    /// <summary>A tenth of the share of an ordinary thread.</summary>
    private const int Niceness = 10;

    private readonly Lock gate = new();
    private readonly LinkedList<Job> waiting = [];
    private int running;

    private abstract class Job
    {
        public abstract void Run();

        public abstract void Cancel(CancellationToken cancellation);
    }

    /// <summary>Reads when it is its turn. A read whose caller goes is taken out of the queue, or ends where it looks at the
    /// token.</summary>
    /// <exception cref="EtcdException">Too many wait already.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, T> read, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Job<T> job = new(read, cancellation);
        LinkedListNode<Job> place = Enqueue(job);
        using (cancellation.UnsafeRegister(_ => Abandon(place, cancellation), null))
        {
            return await job.Outcome.ConfigureAwait(false);
        }
    }

    private LinkedListNode<Job> Enqueue(Job job)
    {
        lock (gate)
        {
            if (waiting.Count >= mostWaiting)
            {
                throw EtcdErrors.TooManyRequests.ToException();
            }

            LinkedListNode<Job> place = waiting.AddLast(job);
            if (running < threads)
            {
                running++;
                new Thread(Run) { Name = name, IsBackground = true }.Start();
            }

            return place;
        }
    }

    private void Abandon(LinkedListNode<Job> place, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (place.List is null)
            {
                return;
            }

            waiting.Remove(place);
        }

        place.Value.Cancel(cancellation);
    }

    private void Run()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = setpriority(0, 0, Niceness);
        }

        while (Next() is { } job)
        {
            job.Run();
        }
    }

    /// <summary>The next job; null where there is none, and then the thread ends.</summary>
    private Job? Next()
    {
        lock (gate)
        {
            if (waiting.First is not { } first)
            {
                running--;
                return null;
            }

            waiting.RemoveFirst();
            return first.Value;
        }
    }

    /// <summary>On Linux a thread has a share of its own, and 0 is the one that asks.</summary>
    [LibraryImport("libc", SetLastError = true)]
    private static partial int setpriority(int which, uint who, int priority);

    private sealed class Job<T>(Func<CancellationToken, T> read, CancellationToken cancellation) : Job
    {
        private readonly TaskCompletionSource<T> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Outcome => outcome.Task;

        public override void Cancel(CancellationToken cancellation) => outcome.TrySetCanceled(cancellation);

        public override void Run()
        {
            try
            {
                cancellation.ThrowIfCancellationRequested();
                outcome.TrySetResult(read(cancellation));
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                outcome.TrySetCanceled(cancellation);
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
