using Netcd.Client;
using Netcd.Client.Watching;

namespace Netcd.ClientTests.Watching;

/// <summary>A watch that is read in the background, with all that it gave.</summary>
internal sealed class Recorder : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource stop = new();
    private readonly List<WatchBatch> batches = [];
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task reading;

    private Recorder(IWatches watches, KeyRange range, WatchOptions options) => reading = ReadAsync(watches, range, options);

    /// <summary>The revision after which it reports what changes.</summary>
    public long Since { get; private set; }

    public IReadOnlyList<WatchBatch> Batches
    {
        get
        {
            lock (batches)
            {
                return [.. batches];
            }
        }
    }

    public IEnumerable<WatchEvent> Events => Batches.SelectMany(static batch => batch.Events);

    /// <summary>Begins, and waits until the server has.</summary>
    public static async Task<Recorder> StartAsync(IWatches watches, KeyRange range, WatchOptions? options = null)
    {
        Recorder recorder = new(watches, range, (options ?? new WatchOptions()) with { Created = true });
        await Task.WhenAny(recorder.begun.Task, recorder.reading).WaitAsync(Deadline);
        if (!recorder.begun.Task.IsCompleted)
        {
            await recorder.reading;
        }

        return recorder;
    }

    public Task UntilAsync(long revision) => UntilAsync(all => all.Count > 0 && all[^1].Revision >= revision);

    public async Task UntilAsync(Func<IReadOnlyList<WatchBatch>, bool> isSo)
    {
        await Poll.UntilAsync(() => Task.FromResult(reading.IsCompleted || isSo(Batches)));
        if (!isSo(Batches))
        {
            await reading;
        }
    }

    /// <summary>What it ended with.</summary>
    public async Task<T> FailedAsync<T>()
        where T : Exception => await Assert.ThrowsAsync<T>(() => reading.WaitAsync(Deadline));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await ((Task)reading.WaitAsync(Deadline)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task ReadAsync(IWatches watches, KeyRange range, WatchOptions options)
    {
        await foreach (WatchBatch batch in watches.WatchAsync(range, options, stop.Token))
        {
            if (batch.Kind == WatchBatchKind.Created)
            {
                Since = batch.Revision;
                begun.TrySetResult();
                continue;
            }

            lock (batches)
            {
                batches.Add(batch);
            }
        }
    }
}
