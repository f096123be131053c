using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Load;

/// <summary>
/// The command <c>lease</c>: grants --clients leases that all end at the same time, renews them for --duration as fast as they are
/// answered, then leaves them alone and tells how long after their end all are gone and what puts felt meanwhile.
/// </summary>
internal static class LeaseRun
{
    private const int GrantsInFlight = 100;
    private const int RenewalsInFlight = 10;
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(60);

    public static async Task<int> ExecuteAsync(LoadOptions options)
    {
        ServerProcess? server = ServerProcess.Of(options.ProcessId);
        using GrpcConnection connection = new(options.Endpoint);
        double memoryBefore = (server?.ResidentKibibytes() ?? 0) / 1024.0;
        long start = Stopwatch.GetTimestamp();
        long[] kept = await GrantAsync(connection, options.Clients, () => TimeToLive);
        double grantSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double memory = (server?.ResidentKibibytes() ?? 0) / 1024.0 - memoryBefore;
        Console.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"lease leases={options.Clients} grants_per_s={options.Clients / grantSeconds:0} rss_mib={memory:0.0} "
                + $"bytes_per_lease={memory * 1048576 / options.Clients:0}"));
        await RenewAsync(options, kept, server);
        await RevokeAsync(connection, kept);
        await ExpireAsync(options, connection, server);
        return 0;
    }

    private static async Task<long[]> GrantAsync(GrpcConnection connection, int count, Func<TimeSpan> timeToLive)
    {
        long[] ids = new long[count];
        int next = -1;
        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) is var at && at < count)
            {
                LeaseGrantRequest request = new() { TTL = (long)timeToLive().TotalSeconds };
                ids[at] = (await CallAsync(connection, "LeaseGrant", request, LeaseGrantResponse.Parser)).ID;
            }
        }

        await Task.WhenAll(Enumerable.Range(0, GrantsInFlight).Select(_ => Task.Run(WorkAsync)));
        return ids;
    }

    private static async Task RenewAsync(LoadOptions options, long[] leases, ServerProcess? server)
    {
        LatencyHistogram latencies = new();
        double cpuBefore = server?.CpuMicroseconds() ?? 0;
        long start = Stopwatch.GetTimestamp();
        KeepAliveConnection[] connections = new KeepAliveConnection[options.Connections];
        for (int i = 0; i < connections.Length; i++)
        {
            int first = i;
            IEnumerable<long> own = leases.Where((_, number) => number % options.Connections == first);
            connections[i] = await KeepAliveConnection.OpenAsync(options.Endpoint, own, RenewalsInFlight, latencies);
        }

        await Task.Delay(options.Duration);
        foreach (KeepAliveConnection connection in connections)
        {
            connection.Stop();
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double cpu = (server?.CpuMicroseconds() ?? 0) - cpuBefore;
        long renewed = connections.Sum(connection => connection.Renewed);
        long lost = connections.Sum(connection => connection.Lost);
        foreach (KeepAliveConnection connection in connections)
        {
            connection.Dispose();
        }

        Console.Write(string.Create(
            CultureInfo.InvariantCulture,
            $" renewals_per_s={renewed / seconds:0} lost={lost} p50_us={latencies.Percentile(0.5):0} p99_us={latencies.Percentile(0.99):0} "
                + $"cpu_us_per_renewal={cpu / Math.Max(1, renewed):0.00}"));
    }

    private static async Task RevokeAsync(GrpcConnection connection, long[] leases)
    {
        int next = -1;
        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) is var at && at < leases.Length)
            {
                try
                {
                    await CallAsync(connection, "LeaseRevoke", new LeaseRevokeRequest { ID = leases[at] }, LeaseRevokeResponse.Parser);
                }
                catch (GrpcStatusException)
                {
                    // It has ended by itself.
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, GrantsInFlight).Select(_ => Task.Run(WorkAsync)));
    }

    private static async Task ExpireAsync(LoadOptions options, GrpcConnection connection, ServerProcess? server)
    {
        // All end at the same time, however long it takes to grant them.
        long start = Stopwatch.GetTimestamp();
        await GrantAsync(connection, options.Clients, () => TimeToLive - Stopwatch.GetElapsedTime(start));
        double cpuBefore = server?.CpuMicroseconds() ?? 0;
        LatencyHistogram latencies = new();
        using CancellationTokenSource over = new();
        Task puts = PutAsync(options, latencies, over.Token);
        double gone = 0;
        await Deadlines.UntilAsync(
            () => (gone = Stopwatch.GetElapsedTime(start).TotalSeconds) > TimeToLive.TotalSeconds - 1 && Left(connection) == 0,
            "leases stay");
        double cpu = (server?.CpuMicroseconds() ?? 0) - cpuBefore;
        await over.CancelAsync();
        await puts;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $" gone_after_end_s={gone - TimeToLive.TotalSeconds:0.0} put_p99_us={latencies.Percentile(0.99):0} "
                + $"put_max_us={latencies.MaxMicroseconds:0} expiry_cpu_ms={cpu / 1000:0}"));
    }

    private static int Left(GrpcConnection connection) =>
        CallAsync(connection, "LeaseLeases", new LeaseLeasesRequest(), LeaseLeasesResponse.Parser).GetAwaiter().GetResult().Leases.Count;

    /// <summary>One put after the other, a hundred a second at most: what somebody else feels.</summary>
    private static async Task PutAsync(LoadOptions options, LatencyHistogram latencies, CancellationToken over)
    {
        using GrpcConnection connection = new(options.Endpoint);
        PutRequest put = new() { Key = ByteString.CopyFromUtf8("other"), Value = ByteString.CopyFromUtf8("work") };
        byte[] frame = Frames.Of(put);
        while (!over.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            await connection.CallAsync(new GrpcCall("/etcdserverpb.KV/Put", frame, static _ => true));
            latencies.Record((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private static async Task<T> CallAsync<T>(GrpcConnection connection, string method, IMessage request, MessageParser<T> parser)
        where T : IMessage<T>
    {
        byte[] answer = await connection.CallAsync(new GrpcCall("/etcdserverpb.Lease/" + method, Frames.Of(request), static _ => true));
        return parser.ParseFrom(Frames.MessageOf(answer));
    }
}
