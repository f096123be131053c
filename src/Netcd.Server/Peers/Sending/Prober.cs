using System.Text.Json;
using Netcd.Engine.Membership;

namespace Netcd.Server.Peers.Sending;

/// <summary>Asks a peer for its clock every so often, and measures the time of a round trip and the difference of the clocks.</summary>
internal sealed class Prober(PeerContext link, ulong peerId, PeerUrls urls, PeerMetrics metrics)
{
    // The weight of a new measurement, as in TCP (RFC 6298) and in etcd's prober.
    private const double Smoothing = 0.125;

    /// <summary>etcd's name of the connections for raft's messages; it looks at those for snapshots too, which here are the same.</summary>
    private const string RoundTripperName = "ROUND_TRIPPER_RAFT_MESSAGE";

    private const int MaxAnswerBytes = 4 << 10;

    private long roundTripTicks;
    private long clockDifferenceTicks;
    private bool isHealthy = true;
    private bool isDrifting;

    /// <summary>The smoothed time of a round trip; zero before the first.</summary>
    public TimeSpan RoundTrip => new(Interlocked.Read(ref roundTripTicks));

    /// <summary>This member's clock ahead of the peer's.</summary>
    public TimeSpan ClockDifference => new(Interlocked.Read(ref clockDifferenceTicks));

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using PeriodicTimer timer = new(link.Options.ProbeInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                await ProbeAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task ProbeAsync(CancellationToken stop)
    {
        Uri url = urls.Current;
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(link.Options.DialTimeout + link.Options.ReadTimeout);
        try
        {
            long started = TimeProvider.System.GetTimestamp();
            using HttpRequestMessage request = new(HttpMethod.Get, new Uri(url, "/raft/probing"));
            using HttpResponseMessage response = await link.Http.SendAsync(request, late.Token).ConfigureAwait(false);
            Stream body = await response.Content.ReadAsStreamAsync(late.Token).ConfigureAwait(false);
            byte[] bytes = new byte[MaxAnswerBytes];
            int count = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, late.Token).ConfigureAwait(false);
            Record(TimeProvider.System.GetElapsedTime(started), ReadClock(bytes.AsMemory(0, count)));
        }
        catch (Exception failure)
        {
            if (isHealthy && !stop.IsCancellationRequested)
            {
                isHealthy = false;
                link.Log.DetectedUnhealthy(RoundTripperName, new HexId(peerId), RoundTrip, failure.Message);
            }
        }
    }

    private static DateTimeOffset ReadClock(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        return root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("OK", out JsonElement ok)
            && ok.ValueKind == JsonValueKind.True
            && root.TryGetProperty("Now", out JsonElement now)
            && now.ValueKind == JsonValueKind.String
            && now.TryGetDateTimeOffset(out DateTimeOffset clock)
            ? clock
            : throw new JsonException("the answer to a probe is not {\"OK\":true,\"Now\":…}");
    }

    private void Record(TimeSpan taken, DateTimeOffset theirs)
    {
        isHealthy = true;
        metrics.RoundTrips.Observe(taken.Ticks * TimeSpan.NanosecondsPerTick);
        TimeSpan smoothed = RoundTrip == TimeSpan.Zero ? taken : (RoundTrip * (1 - Smoothing)) + (taken * Smoothing);
        TimeSpan difference = DateTimeOffset.UtcNow - theirs - (smoothed / 2);
        Interlocked.Exchange(ref roundTripTicks, smoothed.Ticks);
        Interlocked.Exchange(ref clockDifferenceTicks, difference.Ticks);
        bool drifts = difference.Duration() > PeerLimits.ClockDrift;
        if (drifts && !isDrifting)
        {
            link.Log.FoundClockDrift(RoundTripperName, new HexId(peerId), difference, smoothed);
        }

        isDrifting = drifts;
    }
}
