using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Netcd.Client;
using Netcd.ClientTests.Servers;

namespace Netcd.ClientTests.Telemetry;

public sealed class TelemetryTests(SharedServers servers)
{
    [Fact]
    public async Task Calls_are_spans_and_durations_with_the_names_of_databases()
    {
        using ActivitySource test = new($"test-{Guid.NewGuid()}");
        ConcurrentQueue<Activity> ended = new();
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == "Netcd.Client" || source == test,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        ConcurrentQueue<(string Name, double Value, Dictionary<string, object?> Tags)> measured = new();
        using MeterListener meter = new();
        meter.InstrumentPublished = (instrument, meters) =>
        {
            if (instrument.Meter.Name == "Netcd.Client")
            {
                meters.EnableMeasurementEvents(instrument);
            }
        };
        meter.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            measured.Enqueue((instrument.Name, value, tags.ToArray().ToDictionary(static tag => tag.Key, static tag => tag.Value))));
        meter.Start();
        ActivityTraceId trace;
        using (Activity root = test.StartActivity("root")!)
        {
            trace = root.TraceId;
            await using EtcdClient client = servers.ClientOf(Server.Netcd);
            await client.Keys.PutAsync("seen", "1");
            await Assert.ThrowsAsync<EtcdException>(() => client.Keys.PutAsync("", "1"));
        }

        Activity[] spans = [.. ended.Where(span => span.TraceId == trace && span.Source.Name == "Netcd.Client")];
        Assert.Equal(["Put", "Put"], spans.Select(static span => span.OperationName));
        Assert.All(spans, span => Assert.Equal(
            ("etcd", "Put", "127.0.0.1", servers.PortOf(Server.Netcd), ActivityKind.Client),
            (span.GetTagItem("db.system.name"), span.GetTagItem("db.operation.name"), span.GetTagItem("server.address"),
                span.GetTagItem("server.port"), span.Kind)));
        Assert.Equal((ActivityStatusCode.Unset, null), (spans[0].Status, spans[0].GetTagItem("error.type")));
        Assert.Equal((ActivityStatusCode.Error, "InvalidArgument"), (spans[1].Status, spans[1].GetTagItem("error.type")));
        Assert.Contains(measured, static one => one is { Name: "db.client.operation.duration", Value: > 0 and < 30 }
            && (string?)one.Tags["db.operation.name"] == "Put" && (string?)one.Tags["db.system.name"] == "etcd");
        Assert.Contains(measured, static one => one.Tags.TryGetValue("error.type", out object? error) && "InvalidArgument".Equals(error));
    }

    [Fact]
    public async Task An_endpoint_that_fails_is_logged_once_and_again_when_it_answers()
    {
        using RecordingLog log = new();
        using FaultProxy proxy = new(servers.PortOf(Server.Netcd));
        string other = servers.EndpointOf(Server.Netcd);
        await using EtcdClient client = new(new EtcdClientOptions { Endpoints = [proxy.Endpoint, other], LoggerFactory = log });
        proxy.Dispose();
        for (int n = 0; n < 10; n++)
        {
            await client.Keys.GetAsync("a");
        }

        Assert.Single(log.Events, static seen => seen.Id == 5001);
        Assert.Contains(log.Events, seen => seen.Id == 5003 && seen.Values["endpoint"]!.Equals(proxy.Endpoint));
        using FaultProxy again = new(servers.PortOf(Server.Netcd), proxy.Port);
        await Poll.UntilAsync(() => Task.FromResult(log.Events.Any(static seen => seen.Id == 5002)));
    }
}
