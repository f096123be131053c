using System.Text;

namespace Netcd.ClientLoad;

/// <summary>What clients are measured by. Each checks what was answered: a client that is quick with nothing is not quick.</summary>
internal static class Workloads
{
    private const int Keys = 1000;
    private const int ValueSize = 256;
    private const int Events = 100_000;
    private const int Readings = 20;
    private const int WriteWidth = 100;
    private const int Leases = 1000;
    private const int LeaseSeconds = 9;

    private static readonly TimeSpan KeepingTime = TimeSpan.FromSeconds(30);

    public static IReadOnlyDictionary<string, Func<IContender, Task<Figures>>> All { get; } =
        new Dictionary<string, Func<IContender, Task<Figures>>>
        {
            ["put-1"] = static client => CallsAsync(client, PutAsync, 1, 3000),
            ["put-100"] = static client => CallsAsync(client, PutAsync, 100, 100_000),
            ["get-1"] = static client => CallsAsync(client, GetAsync, 1, 20_000),
            ["get-100"] = static client => CallsAsync(client, GetAsync, 100, 200_000),
            ["watch"] = WatchAsync,
            ["leases"] = LeasesAsync,
        };

    /// <summary>A closed loop of so many callers, warmed up by a fifth of it.</summary>
    private static async Task<Figures> CallsAsync(IContender client, Func<IContender, int, Task> call, int width, int count)
    {
        await WriteKeysAsync(client, "key/", Keys);
        await LoopAsync(count / 5);
        Measurement measurement = Measurement.Begin();
        await LoopAsync(count);
        return measurement.End(count);

        async Task LoopAsync(int all)
        {
            int next = 0;
            await Task.WhenAll(Enumerable.Range(0, width).Select(_ => Task.Run(async () =>
            {
                for (int n = Interlocked.Increment(ref next); n <= all; n = Interlocked.Increment(ref next))
                {
                    await call(client, n);
                }
            })));
        }
    }

    private static async Task PutAsync(IContender client, int n)
    {
        if (await client.PutAsync(Key("key/", n % Keys), new byte[ValueSize]) <= 0)
        {
            throw new InvalidOperationException("a put without a revision");
        }
    }

    private static async Task GetAsync(IContender client, int n)
    {
        if (await client.GetAsync(Key("key/", n % Keys)) != ValueSize)
        {
            throw new InvalidOperationException("a get without the value");
        }
    }

    /// <summary>Reads history again and again, so that the writer does not count. The first two readings warm up.</summary>
    private static async Task<Figures> WatchAsync(IContender client)
    {
        byte[] prefix = Encoding.UTF8.GetBytes($"watch-{Environment.ProcessId}/");
        long first = await WriteKeysAsync(client, Encoding.UTF8.GetString(prefix), Events);
        await ReadAsync(2);
        Measurement measurement = Measurement.Begin();
        await ReadAsync(Readings);
        return measurement.End(Readings * Events);

        async Task ReadAsync(int times)
        {
            for (int n = 0; n < times; n++)
            {
                long sum = await client.WatchAsync(prefix, first, Events);
                if (sum != (long)Events * ValueSize)
                {
                    throw new InvalidOperationException($"events of {sum} bytes");
                }
            }
        }
    }

    /// <summary>An operation is a lease that is kept alive for a second.</summary>
    private static async Task<Figures> LeasesAsync(IContender client)
    {
        Measurement measurement = Measurement.Begin();
        long[] kept = await client.KeepAliveAsync(Leases, LeaseSeconds, KeepingTime);
        Figures figures = measurement.End(Leases * (int)KeepingTime.TotalSeconds);
        return kept.Length == Leases ? figures : throw new InvalidOperationException($"{Leases - kept.Length} leases were lost");
    }

    /// <summary>Gives the first revision.</summary>
    private static async Task<long> WriteKeysAsync(IContender client, string prefix, int count)
    {
        long first = await client.PutAsync(Key(prefix, 0), new byte[ValueSize]);
        for (int from = 1; from < count; from += WriteWidth)
        {
            await Task.WhenAll(Enumerable.Range(from, Math.Min(WriteWidth, count - from))
                .Select(n => client.PutAsync(Key(prefix, n), new byte[ValueSize])));
        }

        return first;
    }

    private static byte[] Key(string prefix, int n) => Encoding.UTF8.GetBytes($"{prefix}{n:0000000}");
}
