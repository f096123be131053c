using Netcd.Tools.Ctl.Loading;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>Latencies and how they are shown, and the keys of a load.</summary>
public sealed class LoadTests
{
    [Fact]
    public void Latencies_lie_where_they_were_counted()
    {
        LatencyHistogram latencies = new();
        for (int microseconds = 1; microseconds <= 1000; microseconds++)
        {
            latencies.Record(microseconds * 1000L);
        }

        Assert.InRange(latencies.Percentile(0.5), 496, 504);
        Assert.InRange(latencies.Percentile(0.99), 985, 1000);
        Assert.Equal(1000, latencies.MaxMicroseconds);
        Assert.InRange(latencies.CountBetween(100, 200), 98, 102);
        Assert.Equal(1000, latencies.CountBetween(-1, 2000));
    }

    [Fact]
    public void The_picture_has_a_bar_for_every_call()
    {
        LoadResult result = new() { Elapsed = TimeSpan.FromSeconds(2) };
        foreach (double milliseconds in (double[])[0.3, 0.4, 3, 3, 3, 70])
        {
            result.Done(TimeSpan.FromMilliseconds(milliseconds));
        }

        result.Failed("no answer", 2);
        LoadSettings settings = new(LoadKind.Put, 3, 1, null, TimeSpan.FromSeconds(2), 0, new LoadKeys("k/", 8, 10), 5, false);
        string[] lines = LoadText.Of(settings, result).Split('\n');
        Assert.Equal("put: 3 clients, 1 connections, 10 keys of 8 bytes, values of 5 bytes", lines[0]);
        Assert.Equal("6 calls in 2.00 s: 3.0 a second, 2 failed", lines[1]);
        string[] bars = [.. lines.Where(static line => line.Contains('|', StringComparison.Ordinal))];
        Assert.Equal(
            ["500 us", "1 ms", "2 ms", "5 ms", "10 ms", "20 ms", "50 ms", "100 ms"],
            bars.Select(static bar => bar.Split('|')[0].Trim()["up to ".Length..]));
        Assert.Equal(["2", "0", "0", "3", "0", "0", "0", "1"], bars.Select(static bar => bar.Split('|')[2].Trim().Split(' ')[0]));
        Assert.Equal(50, bars.Max(static bar => bar.Count(static character => character == '#')));
    }

    [Fact]
    public void Keys_have_one_length_and_sort_as_they_count()
    {
        LoadKeys keys = new("ü/", 8, 1000);
        Assert.All([0, 9, 999], number => Assert.Equal(8, keys.Key(number).Length));
        Assert.True(keys.Key(99).AsSpan().SequenceCompareTo(keys.Key(100)) < 0);
        Assert.Equal(6, LoadKeys.LeastLength("ü/", 1000));
    }
}
