using Netcd.Engine.Metering;

namespace Netcd.Engine.Tests.Metering;

/// <summary>When an entry was on the disk is told by the first flush that reached it.</summary>
public sealed class FlushTimesTests
{
    private long now;

    [Fact]
    public void An_entry_is_on_the_disk_with_the_first_flush_that_reaches_it()
    {
        FlushTimes flushes = new(new MonotonicClock(() => now));
        foreach ((ulong index, long at) in (IEnumerable<(ulong, long)>)[(3, 100), (3, 150), (7, 200), (9, 300)])
        {
            now = at;
            flushes.Note(index);
        }

        ulong[] entries = [10, 9, 8, 7, 6, 5, 4, 3];
        Assert.Equal((long[])[0, 300, 300, 200, 200, 200, 200, 100], entries.Select(flushes.TimeOf));
    }

    [Fact]
    public void What_is_too_long_ago_is_not_known_and_what_is_not_flushed_yet_neither()
    {
        FlushTimes flushes = new(new MonotonicClock(() => now));
        Assert.Equal(0, flushes.TimeOf(1));
        for (ulong index = 1; index <= 5_000; index++)
        {
            now = (long)index;
            flushes.Note(index);
        }

        ulong[] entries = [1, 3_000, 4_500, 5_000, 5_001];
        Assert.Equal((long[])[0, 0, 4_500, 5_000, 0], entries.Select(flushes.TimeOf));
    }
}
