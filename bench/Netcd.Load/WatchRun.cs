using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Load;

/// <summary>The command <c>watch</c>: many streams with a watch of one key each; how fast they are told, and what that costs the
/// server.</summary>
internal static class WatchRun
{
    private const string Key = "watched";

    public static async Task<int> ExecuteAsync(LoadOptions options)
    {
        ServerProcess? server = ServerProcess.Of(options.ProcessId);
        double memoryBefore = (server?.ResidentKibibytes() ?? 0) / 1024.0;
        LatencyHistogram latencies = new();
        WatchConnection[] connections = new WatchConnection[options.Connections];
        for (int i = 0; i < connections.Length; i++)
        {
            int streams = (options.Clients / connections.Length) + (i < options.Clients % connections.Length ? 1 : 0);
            connections[i] = await WatchConnection.OpenAsync(options.Endpoint, ByteString.CopyFromUtf8(Key), streams, latencies);
        }

        using WatchConnection? stopped = options.Stopped > 0
            ? await WatchConnection.OpenAsync(options.Endpoint, ByteString.CopyFromUtf8(Key), options.Stopped, latencies, stops: true)
            : null;
        await Deadlines.UntilAsync(
            () => connections.Sum(connection => connection.Created) == options.Clients && (stopped?.Created ?? 0) == options.Stopped,
            "the watches are not created");
        await Task.Delay(options.Warmup);
        double memoryIdle = (server?.ResidentKibibytes() ?? 0) / 1024.0;
        long puts = options.Count ?? 1000;
        double cpuBefore = server?.CpuMicroseconds() ?? 0;
        long start = Stopwatch.GetTimestamp();
        await PutAsync(options, puts);
        TimeSpan written = Stopwatch.GetElapsedTime(start);
        long events = puts * options.Clients;
        await Deadlines.UntilAsync(() => connections.Sum(connection => connection.Events) >= events, "not all events came");
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double cpu = (server?.CpuMicroseconds() ?? 0) - cpuBefore;
        double memoryTold = (server?.ResidentKibibytes() ?? 0) / 1024.0;
        string perEvent = events > 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $" events={events} seconds={seconds:0.00} events_per_s={events / seconds:0} puts_per_s={puts / written.TotalSeconds:0} "
                    + $"p50_us={latencies.Percentile(0.5):0} p99_us={latencies.Percentile(0.99):0} cpu_us_per_event={cpu / events:0.00}")
            : "";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"watch watches={options.Clients} connections={options.Connections}{perEvent} rss_before_mib={memoryBefore:0.0} "
                + $"rss_idle_mib={memoryIdle:0.0} rss_told_mib={memoryTold:0.0} kib_per_watch="
                + $"{(memoryIdle - memoryBefore) * 1024 / options.Clients:0.00}"));
        foreach (WatchConnection connection in connections)
        {
            connection.Dispose();
        }

        return 0;
    }

    private static async Task PutAsync(LoadOptions options, long puts)
    {
        using GrpcConnection connection = new(options.Endpoint);
        long left = puts;
        async Task WriteAsync()
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                // The time stands at the value's end, and so at the event's.
                byte[] value = new byte[Math.Max(options.ValueSize, sizeof(long))];
                BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(value.Length - sizeof(long)), Stopwatch.GetTimestamp());
                PutRequest put = new() { Key = ByteString.CopyFromUtf8(Key), Value = ByteString.CopyFrom(value) };
                await connection.CallAsync(new GrpcCall("/etcdserverpb.KV/Put", Frames.Of(put), static _ => true));
            }
        }

        await Task.WhenAll(Enumerable.Range(0, options.Writers).Select(_ => Task.Run(WriteAsync)));
    }
}
