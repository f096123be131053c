using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Netcd.Interop.Leases;
using Netcd.Interop.Processes;
using Netcd.Interop.Watches;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Metrics;

/// <summary>The figures of watches and leases, beside those of etcd after the same calls.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task Watches_and_leases_are_counted_as_etcd_counts_them()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        await CompareAsync(pair);
        using Script etcd = new(pair.Etcd);
        using Script netcd = new(pair.Netcd);
        await etcd.WatchAsync();
        await netcd.WatchAsync();
        string open = await CompareAsync(pair);
        Assert.Contains("etcd_debugging_mvcc_watcher_total 4", open, StringComparison.Ordinal);
        Assert.Contains("etcd_debugging_mvcc_events_total 58", open, StringComparison.Ordinal);
        await etcd.LeaseAsync();
        await netcd.LeaseAsync();
        etcd.Leave();
        netcd.Leave();
        string over = await CompareAsync(pair);
        Assert.Contains("etcd_debugging_server_lease_expired_total 1", over, StringComparison.Ordinal);
        Assert.Contains("etcd_debugging_mvcc_watch_stream_total 0", over, StringComparison.Ordinal);
        Assert.Contains("etcd_debugging_lease_ttl_total_count 7", over, StringComparison.Ordinal);
    }

    /// <summary>Waits until both show the same: they count a moment after the answer is sent.</summary>
    private static async Task<string> CompareAsync(ServerPair pair)
    {
        string expected = "";
        string actual = "";
        try
        {
            await Poll.UntilAsync(async () =>
            {
                expected = await FiguresAsync(pair.Etcd);
                actual = await FiguresAsync(pair.Netcd);
                return expected == actual;
            });
        }
        catch (Exception) when (expected != actual)
        {
            Assert.Equal(expected, actual);
        }

        return actual;
    }

    private static async Task<string> FiguresAsync(ServerProcess server)
    {
        using HttpClient http = new();
        string page = await http.GetStringAsync(new Uri($"http://{server.Endpoint}/metrics"));
        return string.Join('\n', page.Split('\n').Where(line => Compared().IsMatch(line)).Select(Plain).Order(StringComparer.Ordinal));
    }

    /// <summary>A line with its figure written out: etcd writes large ones with an exponent.</summary>
    private static string Plain(string line)
    {
        int at = line.LastIndexOf(' ') + 1;
        return line[0] == '#' ? line : line[..at]
            + decimal.Parse(line[at..], NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(
        @"^(# \w+ )?etcd_debugging_(mvcc_(watch_stream|watcher|slow_watcher|events|pending_events)_total|lease_|server_lease_)")]
    private static partial Regex Compared();

    /// <summary>The calls to one server.</summary>
    private sealed class Script(ServerProcess server) : IDisposable
    {
        private readonly WatchClient first = new(server.Channel);
        private readonly WatchClient second = new(server.Channel);

        /// <summary>No filters: etcd counts what they keep back as pending for ever.</summary>
        public async Task WatchAsync()
        {
            ByteString foo = ByteString.CopyFromUtf8("foo");
            KV.KVClient kv = new(server.Channel);
            await first.CreateAsync(new WatchCreateRequest { Key = foo });
            await first.CreateAsync(new WatchCreateRequest { Key = foo, StartRevision = 1_000 });
            await second.CreateAsync(new WatchCreateRequest { Key = foo, RangeEnd = ByteString.CopyFrom(0) });
            await second.CreateAsync(new WatchCreateRequest { Key = ByteString.CopyFromUtf8("other") });
            for (int n = 0; n < 20; n++)
            {
                await kv.PutAsync(new PutRequest { Key = foo });
            }

            await kv.DeleteRangeAsync(new DeleteRangeRequest { Key = foo });
            await first.UntilToldAsync(0, 21);
            await second.UntilToldAsync(0, 21);
            await first.CreateAsync(new WatchCreateRequest { Key = foo, StartRevision = 7, WatchId = 5 });
            await first.UntilToldAsync(5, 16);
            await second.CancelAsync(1);
            await second.UntilToldAsync(1, 1);
        }

        public async Task LeaseAsync()
        {
            foreach (long ttl in new long[] { 1, 64, 65, 600, 5_000_000, 100_000_000 })
            {
                await server.Channel.GrantAsync(ttl, ttl);
            }

            for (int n = 0; n < 3; n++)
            {
                await server.Channel.KeepAliveAsync(600);
                await server.Channel.KeepAliveAsync(601);
            }

            Lease.LeaseClient leases = new(server.Channel);
            await leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = 64 });
            await server.Channel.GrantAsync(60, 64);
            await Lessor.EventuallyAsync(async () => !(await server.Channel.LeasesAsync()).Contains(1), "the lease expires");
        }

        public void Leave()
        {
            first.Dispose();
            second.Dispose();
        }

        public void Dispose() => Leave();
    }
}
