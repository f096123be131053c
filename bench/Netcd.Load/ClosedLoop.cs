using System.Diagnostics;

namespace Netcd.Load;

/// <summary>A number of callers, each of which makes its next call when the last one was answered.</summary>
internal sealed class ClosedLoop : IDisposable
{
    private readonly GrpcConnection[] connections;
    private readonly Random[] randoms;

    public ClosedLoop(LoadOptions options)
    {
        connections = new GrpcConnection[options.Connections];
        for (int i = 0; i < connections.Length; i++)
        {
            connections[i] = new GrpcConnection(options.Endpoint);
        }

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
            clients[i] = Task.Run(() => CallAsync(connection, random, next, start, atMost, result));
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

    private static async Task CallAsync(
        GrpcConnection connection, Random random, Func<Random, GrpcCall?> next, long start, TimeSpan atMost, LoopResult result)
    {
        while (Stopwatch.GetElapsedTime(start) < atMost && next(random) is GrpcCall call)
        {
            long sent = Stopwatch.GetTimestamp();
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
}
