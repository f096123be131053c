using System.Diagnostics;
using Netcd.Client;

namespace Netcd.Tools.Ctl.Loading;

/// <summary>
/// Callers, each of which makes its next call when the last one was answered, or, at a rate, when its time has come. A call that comes late
/// because the one before took long is counted from when it should have been made: who waits for a server that stands still is counted.
/// </summary>
internal sealed class LoadRun(LoadSettings settings, EtcdClient[] clients)
{
    /// <summary>A cluster that is gone is not called for the rest of the time.</summary>
    private const int MostFailures = 1000;

    private readonly LoadCalls calls = new(settings);
    private readonly long interval = settings.Rate > 0 ? Math.Max(1, Stopwatch.Frequency * settings.Clients / settings.Rate) : 0;
    private long begun;

    /// <summary>Makes the calls until there are enough, the time is over, or somebody breaks it off.</summary>
    public async Task<LoadResult> RunAsync(CancellationToken cancel)
    {
        LoadResult result = new();
        long start = Stopwatch.GetTimestamp();
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        end.CancelAfter(settings.Duration);
        await Task.WhenAll(Enumerable.Range(0, settings.Clients).Select(number =>
            Task.Run(() => CallAsync(number, start + (interval * number / settings.Clients), result, end.Token), CancellationToken.None)))
            .ConfigureAwait(false);
        result.Elapsed = Stopwatch.GetElapsedTime(start);
        return result;
    }

    private async Task CallAsync(int number, long due, LoadResult result, CancellationToken end)
    {
        EtcdClient client = clients[number % clients.Length];
        Random random = new(number);
        try
        {
            for (; !end.IsCancellationRequested && result.Failures < MostFailures && TakeTurn(); due += interval)
            {
                long sent = interval == 0 ? Stopwatch.GetTimestamp() : await WaitUntilAsync(due, end).ConfigureAwait(false);
                try
                {
                    await calls.CallAsync(client.Keys, random, end).ConfigureAwait(false);
                    result.Done(Stopwatch.GetElapsedTime(sent));
                }
                catch (EtcdException failure)
                {
                    result.Failed(failure.Message);
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The call that is under way at the end is not counted.
        }
    }

    private bool TakeTurn() => settings.Total is not { } total || Interlocked.Increment(ref begun) <= total;

    /// <summary>Waits until a call is due, and returns when it was made or should have been.</summary>
    private static async ValueTask<long> WaitUntilAsync(long due, CancellationToken end)
    {
        if (due > Stopwatch.GetTimestamp())
        {
            await Task.Delay(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due), end).ConfigureAwait(false);
            return Math.Max(due, Stopwatch.GetTimestamp());
        }

        return due;
    }
}
