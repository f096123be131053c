using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace Netcd.Client.Telemetry;

/// <summary>
/// What others can see of calls: spans and durations with OpenTelemetry's names for databases. Whoever listens to nothing pays for two
/// looks at a flag.
/// </summary>
internal static class ClientTelemetry
{
    private const string Name = "Netcd.Client";
    private const string System = "etcd";

    private static readonly string? Version =
        typeof(ClientTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private static readonly ActivitySource Source = new(Name, Version);
    private static readonly Meter Meter = new(Name, Version);

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("db.client.operation.duration", "s", "Duration of calls, with all their attempts.");

    private static readonly Counter<long> Retries =
        Meter.CreateCounter<long>("netcd.client.retries", "{retry}", "Attempts that were followed by another one.");

    private static readonly UpDownCounter<long> Watches =
        Meter.CreateUpDownCounter<long>("netcd.client.watches", "{watch}", "Watches that are read.");

    private static readonly Counter<long> Events =
        Meter.CreateCounter<long>("netcd.client.watch.events", "{event}", "Changes that watches have reported.");

    private static readonly UpDownCounter<long> Leases =
        Meter.CreateUpDownCounter<long>("netcd.client.leases", "{lease}", "Leases that are renewed.");

    private static readonly Counter<long> LostLeases =
        Meter.CreateCounter<long>("netcd.client.leases.lost", "{lease}", "Leases that ended although they were to be renewed.");

    private static readonly Counter<long> LostStreams =
        Meter.CreateCounter<long>("netcd.client.streams.lost", "{stream}", "Streams that ended while they were needed.");

    /// <summary>A watch is read from now on.</summary>
    public static void WatchOpened() => Watches.Add(1);

    /// <summary>A watch is not read any more.</summary>
    public static void WatchClosed() => Watches.Add(-1);

    /// <summary>A watch has reported changes.</summary>
    public static void Reported(int events) => Events.Add(events);

    /// <summary>A lease is renewed from now on.</summary>
    public static void LeaseKept() => Leases.Add(1);

    /// <summary>A lease is not renewed any more.</summary>
    public static void LeaseForgotten() => Leases.Add(-1);

    /// <summary>A lease ended that was to be renewed.</summary>
    public static void LeaseLost() => LostLeases.Add(1);

    /// <summary>A stream ended that is still needed.</summary>
    public static void StreamLost(string operation) =>
        LostStreams.Add(1, new("db.system.name", System), new("db.operation.name", operation));

    /// <summary>Begins a call.</summary>
    /// <param name="operation">Its name.</param>
    public static CallInSight Begin(string operation)
    {
        long start = Duration.Enabled ? Stopwatch.GetTimestamp() : 0;
        Activity? span = Source.HasListeners() ? Source.StartActivity(operation, ActivityKind.Client) : null;
        span?.SetTag("db.system.name", System);
        span?.SetTag("db.operation.name", operation);
        return new CallInSight(operation, span, start);
    }

    /// <summary>An attempt of a call failed, and there will be another.</summary>
    public static void Retried(string operation) => Retries.Add(1, new("db.system.name", System), new("db.operation.name", operation));

    /// <summary>Notes how long a call took.</summary>
    public static void Measure(string operation, long start, string? error)
    {
        TagList tags = new() { { "db.system.name", System }, { "db.operation.name", operation } };
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        Duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
    }
}
