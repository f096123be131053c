using Netcd.Engine.Metering;

namespace Netcd.Engine.Tests.Metering;

/// <summary>Observations are sorted by bounds, added up exactly, and none is lost between threads.</summary>
public sealed class HistogramTests
{
    [Fact]
    public void An_observation_is_at_most_as_large_as_its_bound()
    {
        Histogram histogram = new(Buckets.Seconds(0.001, 3));
        foreach (long nanoseconds in (long[])[0, 999_999, 1_000_000, 1_000_001, 2_000_000, 4_000_000, 4_000_001, 9_000_000_000])
        {
            histogram.Observe(nanoseconds);
        }

        Assert.Equal([3, 5, 6, 8], histogram.Cumulated());
        Assert.Equal(9.013_000_001, histogram.Sum, 9);
    }

    [Fact]
    public void Bounds_double_and_are_shown_in_their_own_unit()
    {
        Assert.Equal([0.0001, 0.0002, 0.0004], Buckets.Seconds(0.0001, 3).Shown);
        Assert.Equal([0.5, 1, 2], Buckets.Milliseconds(0.5, 3).Shown);
        Histogram lifetimes = new(Buckets.Numbers(1, 24));
        lifetimes.Observe(8_388_608);
        lifetimes.Observe(8_388_609);
        Assert.Equal((1, 2), (lifetimes.Cumulated()[23], lifetimes.Cumulated()[24]));
        Assert.Equal(16_777_217, lifetimes.Sum);
        Histogram milliseconds = new(Buckets.Milliseconds(0.5, 14));
        milliseconds.Observe(750_000);
        Assert.Equal((0, 1, 0.75), (milliseconds.Cumulated()[0], milliseconds.Cumulated()[1], milliseconds.Sum));
    }

    [Fact]
    public void Threads_that_observe_together_lose_nothing()
    {
        const int each = 50_000;
        Histogram histogram = new(Buckets.Seconds(0.001, 14));
        Parallel.For(0, 4, thread =>
        {
            for (int n = 0; n < each; n++)
            {
                histogram.Observe(thread * 2_000_000);
            }
        });
        Assert.Equal(4 * each, histogram.Cumulated()[^1]);
        Assert.Equal(each, histogram.Cumulated()[0]);
        Assert.Equal(each * 0.012, histogram.Sum, 6);
    }
}
