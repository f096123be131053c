using System.Diagnostics;

namespace Netcd.Load;

/// <summary>
/// A number of callers, each of which makes its next call when the last one was answered, or, at a rate, when its time has come. A call
/// that comes late because the one before took long is counted from when it should have been made: a server that stands still for a
/// second has then kept all calls of that second waiting, as it would those of users.
/// </summary>
internal sealed class ClosedLoop : IDisposable
{
    private readonly GrpcConnection[] connections;
    private readonly Random[] randoms;
    private readonly long interval;

    public ClosedLoop(LoadOptions options)
    {
        connections = new GrpcConnection[options.Connections];
        for (int i = 0; i < connections.Length; i++)
        {
            connections[i] = new GrpcConnection(options.Endpoint);
        }

        interval = options.Rate > 0 ? Stopwatch.Frequency * options.Clients / options.Rate : 0;
        randoms = new Random[options.Clients];
        for (int i = 0; i < randoms.Length; i++)
        {
            randoms[i] = new Random(unchecked((options.Seed * 1_000_003) + i));
        }
    }

    /// <summary>Calls until the deadline has passed or <paramref name="next"/> gives no more.</summary>
    public async Task<LoopResult> RunAsync(Func<Random, GrpcCall?> next, TimeSpan atMost)
    {
        LoopResult result = new();
        long start = Stopwatch.GetTimestamp();
        Task[] clients = new Task[randoms.Length];
        for (int i = 0; i < clients.Length; i++)
        {
            GrpcConnection connection = connections[i % connections.Length];
            Random random = randoms[i];
            long first = start + (interval * i / clients.Length);
            clients[i] = Task.Run(() => CallAsync(connection, random, next, start, first, atMost, result));
        }

        await Task.WhenAll(clients);
        result.Elapsed = Stopwatch.GetElapsedTime(start);
        return result;
    }

    public void Dispose()
    {
        foreach (GrpcConnection connection in connections)
        {
            connection.Dispose();
        }
    }

    private async Task CallAsync(
        GrpcConnection connection, Random random, Func<Random, GrpcCall?> next, long start, long due, TimeSpan atMost, LoopResult result)
    {
        for (; Stopwatch.GetElapsedTime(start) < atMost && next(random) is GrpcCall call; due += interval)
        {
            long sent = interval == 0 ? Stopwatch.GetTimestamp() : await WaitUntilAsync(due);
            try
            {
                byte[] answer = await connection.CallAsync(call);
                TimeSpan took = Stopwatch.GetElapsedTime(sent);
                if (call.Answered(answer))
                {
                    result.Done((long)took.TotalNanoseconds);
                }
                else
                {
                    result.Failed("an answer lacks what was asked for: are the keys filled?");
                }
            }
            catch (Exception failure) when (failure is GrpcStatusException or HttpRequestException or InvalidDataException or IOException)
            {
                // A server that is gone would be called in a hot loop for the rest of the time.
                if (result.Failed(failure.Message) > 1000)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Waits until a call is due, and returns when it was made or should have been.</summary>
    private static async ValueTask<long> WaitUntilAsync(long due)
    {
        if (due <= Stopwatch.GetTimestamp())
        {
            return due;
        }

        await Task.Delay(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due));
        return Stopwatch.GetTimestamp();
    }
}
