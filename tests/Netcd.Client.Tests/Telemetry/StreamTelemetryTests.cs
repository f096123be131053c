using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Netcd.Client;
using Netcd.Client.Leases;
using Netcd.ClientTests.Servers;
using Netcd.ClientTests.Watching;

namespace Netcd.ClientTests.Telemetry;

/// <summary>Tests that no other runs beside: what they look at is the whole process's.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>What is counted and logged of watches and leases.</summary>
[Collection(nameof(AloneCollection))]
public sealed class StreamTelemetryTests
{
    [Fact]
    public async Task Watches_leases_and_lost_streams_are_counted_and_logged()
    {
        ConcurrentDictionary<string, long> sums = new();
        using MeterListener meter = Listen(sums);
        using RecordingLog log = new();
        await using OwnServer own = await OwnServer.StartAsync(Server.Netcd);
        await using EtcdClient client = own.NewClient(options => options with { LoggerFactory = log });
        await using (LeaseHandle lease = await client.Leases.AcquireAsync(TimeSpan.FromSeconds(3)))
        {
            await using Recorder recorder = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("k"));
            await recorder.UntilAsync(await Writer.WriteAsync(() => own.Process.Channel, "k", 20, seed: 6));
            Assert.Equal(
                (1, recorder.Events.Count(), 1),
                (sums["netcd.client.watches"], sums["netcd.client.watch.events"], sums["netcd.client.leases"]));
            own.Proxy.Reset();
            await Poll.UntilAsync(() => Task.FromResult(
                sums.GetValueOrDefault("netcd.client.streams.lost Watch") > 0
                && sums.GetValueOrDefault("netcd.client.streams.lost LeaseKeepAlive") > 0));
            await recorder.UntilAsync(await Writer.WriteAsync(() => own.Process.Channel, "k", 20, seed: 7));
            Assert.False(sums.ContainsKey("netcd.client.leases.lost"));

            // By somebody else, so that the next renewal finds it gone.
            await using EtcdClient other = new(own.Process.Endpoint);
            await other.Leases.RevokeAsync(lease.Id);
            await Poll.UntilAsync(() => Task.FromResult(lease.Lost.IsCancellationRequested));
            Assert.Contains(log.Events, seen => seen.Id == 5007 && seen.Values["leaseId"]!.Equals($"{lease.Id:x16}"));
        }

        Assert.Equal(
            (0, 0, 1), (sums["netcd.client.watches"], sums["netcd.client.leases"], sums["netcd.client.leases.lost"]));
        string[] streams = [.. log.Events.Where(static seen => seen.Id == 5006).Select(static seen => (string)seen.Values["operation"]!)];
        Assert.Equal(["LeaseKeepAlive", "Watch"], streams.Distinct().Order());
    }

    private static MeterListener Listen(ConcurrentDictionary<string, long> sums)
    {
        MeterListener meter = new()
        {
            InstrumentPublished = static (instrument, meters) =>
            {
                if (instrument.Meter.Name == "Netcd.Client")
                {
                    meters.EnableMeasurementEvents(instrument);
                }
            },
        };
        meter.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            string operation = tags.ToArray().FirstOrDefault(static tag => tag.Key == "db.operation.name").Value as string ?? "";
            sums.AddOrUpdate($"{instrument.Name} {operation}".TrimEnd(), value, (_, sum) => sum + value);
        });
        meter.Start();
        return meter;
    }
}
