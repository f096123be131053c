using System.Buffers.Binary;
using System.Diagnostics;
using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl.Loading;

/// <summary>Watches of all keys, each of which is told of every write: what is measured is the time from the write to the news of it,
/// which is why a value begins with when it was written.</summary>
internal sealed class WatchLoad(LoadSettings settings, EtcdClient[] clients, TimeSpan patience)
{
    /// <summary>How long a value is at least.</summary>
    public const int LeastValueBytes = sizeof(long);

    private readonly TaskCompletionSource allTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long told;
    private long expected = long.MaxValue;

    public async Task<LoadResult> RunAsync(CancellationToken cancel)
    {
        LoadResult result = new();
        using CancellationTokenSource end = new();
        byte[] first = settings.Keys.Key(0);
        long revision = (await clients[0].Keys.PutAsync(first, default(ReadOnlyMemory<byte>), null, cancel).ConfigureAwait(false))
            .Header.Revision;
        Watcher[] watchers = [.. Enumerable.Range(0, settings.Clients)
            .Select(number => new Watcher(this, clients[number % clients.Length], revision, result, end.Token))];
        await BegunAsync(watchers, cancel).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        long written = await WriteAsync(result, start, cancel).ConfigureAwait(false);
        await WaitUntilToldAsync(written * settings.Clients, cancel).ConfigureAwait(false);
        result.Elapsed = Stopwatch.GetElapsedTime(start);
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(watchers.Select(static watcher => watcher.Ended)).ConfigureAwait(false);
        long missing = (written * settings.Clients) - Volatile.Read(ref told);
        if (missing > 0)
        {
            result.Failed("news of a write did not come", missing);
        }

        return result;
    }

    private async Task BegunAsync(Watcher[] watchers, CancellationToken cancel)
    {
        try
        {
            await Task.WhenAll(watchers.Select(static watcher => watcher.Ready)).WaitAsync(patience, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            int begun = watchers.Count(static watcher => watcher.Ready.IsCompletedSuccessfully);
            throw new CommandFailure(
                ExitCodes.Failure, $"only {begun} of {watchers.Length} watches have begun within {patience.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Writes one key after the other.</summary>
    /// <returns>How many.</returns>
    private async Task<long> WriteAsync(LoadResult result, long start, CancellationToken cancel)
    {
        Random random = new(0);
        long written = 0;
        while ((settings.Total is not { } total || written < total) && Stopwatch.GetElapsedTime(start) < settings.Duration
            && !cancel.IsCancellationRequested)
        {
            TimeSpan early = settings.Rate > 0
                ? TimeSpan.FromSeconds((double)written / settings.Rate) - Stopwatch.GetElapsedTime(start)
                : TimeSpan.Zero;
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, CancellationToken.None).ConfigureAwait(false);
            }

            byte[] value = settings.Value(random);
            BinaryPrimitives.WriteInt64LittleEndian(value, Stopwatch.GetTimestamp());
            try
            {
                await clients[0].Keys.PutAsync(settings.Keys.Any(random), value, null, CancellationToken.None).ConfigureAwait(false);
                written++;
            }
            catch (EtcdException failure)
            {
                result.Failed(failure.Message);
                break;
            }
        }

        return written;
    }

    /// <summary>Waits for the news of all writes, or until it is overdue or somebody breaks it off.</summary>
    private async Task WaitUntilToldAsync(long all, CancellationToken cancel)
    {
        Interlocked.Exchange(ref expected, all);
        if (Interlocked.Read(ref told) >= all)
        {
            return;
        }

        await allTold.Task.WaitAsync(patience, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Note(WatchEvent change, LoadResult result)
    {
        if (change.KeyValue.Value.Length >= LeastValueBytes)
        {
            result.Done(Stopwatch.GetElapsedTime(BinaryPrimitives.ReadInt64LittleEndian(change.KeyValue.Value.Span)));
            if (Interlocked.Increment(ref told) >= Interlocked.Read(ref expected))
            {
                allTold.TrySetResult();
            }
        }
    }

    /// <summary>A watch, which begins with a write that was made before, so that it is known when it has begun.</summary>
    private sealed class Watcher
    {
        private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Watcher(WatchLoad load, EtcdClient client, long revision, LoadResult result, CancellationToken end) =>
            Ended = WatchAsync(load, client, revision, result, end);

        public Task Ready => ready.Task;

        public Task Ended { get; }

        private async Task WatchAsync(WatchLoad load, EtcdClient client, long revision, LoadResult result, CancellationToken end)
        {
            try
            {
                WatchOptions options = new() { StartRevision = revision };
                await foreach (WatchBatch batch in client.Watches.WatchAsync(load.Keys, options, end).ConfigureAwait(false))
                {
                    ready.TrySetResult();
                    foreach (WatchEvent change in batch.Events)
                    {
                        load.Note(change, result);
                    }
                }
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // All is told.
            }
            catch (EtcdException failure)
            {
                result.Failed(failure.Message);
                ready.TrySetException(failure);
            }
        }
    }

    private KeyRange Keys => settings.Keys.All;
}
