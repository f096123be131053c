using Netcd.Engine.Upkeep;

namespace Netcd.Engine.Tests.Upkeep;

/// <summary>When the history is compacted and how far, in virtual time: etcd's rules.</summary>
public sealed class CompactionScheduleTests
{
    private const long Second = 1_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;

    [Theory]
    [InlineData(5 * Second, 500)]
    [InlineData(10 * Minute, Minute)]
    [InlineData(Hour, 6 * Minute)]
    [InlineData(24 * Hour, 6 * Minute)]
    public void The_revision_is_noted_ten_times_a_period_and_ten_times_an_hour_at_the_least(long period, long expected)
    {
        PeriodicCompaction schedule = new(period, now: 7, revision: 1);
        Assert.Equal(7 + expected, schedule.NextMilliseconds);
        schedule.Look(schedule.NextMilliseconds, 1, isPaused: false);
        Assert.Equal(7 + (2 * expected), schedule.NextMilliseconds);
    }

    [Theory]
    [InlineData(5 * Second, 5 * Second)]
    [InlineData(10 * Minute, 10 * Minute)]
    [InlineData(Hour, Hour)]
    [InlineData(5 * Hour, Hour)]
    public void After_a_period_it_compacts_each_period_or_each_hour_to_the_revision_of_a_period_and_a_note_ago(long period, long interval)
    {
        // The revision is the time, so what is compacted to says how long ago it was: at first it is the one of the start.
        List<(long At, long Revision)> compactions = Run(new PeriodicCompaction(period, 0, 1), 10 * period, static now => 1 + now);
        Assert.Equal(
            Enumerable.Range(0, compactions.Count).Select(
                n => (period + (n * interval), 1 + Math.Max(0, (n * interval) - (interval / 10)))),
            compactions);
        Assert.Equal((9 * period / interval) + 1, compactions.Count);
    }

    [Fact]
    public void When_room_is_short_the_history_of_the_period_is_kept_and_all_of_it_until_a_period_was_watched()
    {
        PeriodicCompaction schedule = new(10 * Minute, now: 0, revision: 1);
        for (int note = 1; note < 10; note++)
        {
            schedule.Look(note * Minute, 100 + note, isPaused: true);
            Assert.Null(schedule.Expendable(100 + note));
        }

        schedule.Look(10 * Minute, 110, isPaused: true);
        Assert.Equal(1, schedule.Expendable(111));
        schedule.Look(11 * Minute, 111, isPaused: true);
        Assert.Equal(101, schedule.Expendable(500));
    }

    [Fact]
    public void When_room_is_short_so_many_revisions_are_kept()
    {
        RevisionCompaction schedule = new(30, now: 0);
        Assert.Null(schedule.Expendable(30));
        Assert.Equal(1, schedule.Expendable(31));
        Assert.Equal(470, schedule.Expendable(500));
    }

    [Fact]
    public void A_revision_that_has_not_changed_is_not_compacted_to_again()
    {
        List<(long At, long Revision)> compactions = Run(new PeriodicCompaction(Minute, 0, 9), Hour, static _ => 9);
        Assert.Equal([(Minute, 9)], compactions);
    }

    [Fact]
    public void What_failed_is_tried_again_a_tenth_of_the_interval_later_with_the_revision_of_a_period_before_that()
    {
        PeriodicCompaction schedule = new(10 * Minute, 0, 1);
        long? asked = null;
        for (int n = 0; n < 10; n++)
        {
            asked = schedule.Look(schedule.NextMilliseconds, 100 + n, isPaused: false);
        }

        Assert.Equal(1, asked);
        schedule.Compacted(10 * Minute, 1);
        for (int n = 11; n < 20; n++)
        {
            Assert.Null(schedule.Look(n * Minute, 90 + n, isPaused: false));
        }

        // The tenth and the eleventh attempt: what was noted nine and ten minutes after the start.
        Assert.Equal(108, schedule.Look(20 * Minute, 110, isPaused: false));
        Assert.Equal(109, schedule.Look(21 * Minute, 111, isPaused: false));
        schedule.Compacted(21 * Minute, 109);
        Assert.Null(schedule.Look(22 * Minute, 112, isPaused: false));
    }

    [Fact]
    public void A_member_that_follows_only_notes_and_compacts_as_soon_as_it_leads()
    {
        PeriodicCompaction schedule = new(10 * Minute, 0, 1);
        for (int minute = 1; minute <= 35; minute++)
        {
            Assert.Null(schedule.Look(minute * Minute, 100 + minute, isPaused: true));
        }

        Assert.Equal(125, schedule.Look(36 * Minute, 136, isPaused: false));
    }

    [Fact]
    public void A_period_of_less_than_ten_milliseconds_is_one_too() =>
        Assert.NotEmpty(Run(new PeriodicCompaction(3, 0, 1), 100, static now => 1 + now));

    [Fact]
    public void By_revisions_it_compacts_each_five_minutes_to_what_lies_so_many_before_the_newest()
    {
        RevisionCompaction schedule = new(1_000, now: 3);
        Assert.Equal(3 + (5 * Minute), schedule.NextMilliseconds);
        Assert.Null(schedule.Look(5 * Minute, 1_000, isPaused: false));
        Assert.Equal(1, schedule.Look(10 * Minute, 1_001, isPaused: false));
        Assert.Equal(15 * Minute, schedule.NextMilliseconds);

        // It failed, so it is tried again; once it is done, not.
        Assert.Equal(1, schedule.Look(15 * Minute, 1_001, isPaused: false));
        schedule.Compacted(15 * Minute, 1);
        Assert.Null(schedule.Look(20 * Minute, 1_001, isPaused: false));
        Assert.Null(schedule.Look(25 * Minute, 5_000, isPaused: true));
        Assert.Equal(4_000, schedule.Look(30 * Minute, 5_000, isPaused: false));
    }

    private static List<(long At, long Revision)> Run(PeriodicCompaction schedule, long until, Func<long, long> revisionAt)
    {
        List<(long, long)> compactions = [];
        while (schedule.NextMilliseconds <= until)
        {
            long now = schedule.NextMilliseconds;
            if (schedule.Look(now, revisionAt(now), isPaused: false) is { } revision)
            {
                compactions.Add((now, revision));
                schedule.Compacted(now, revision);
            }
        }

        return compactions;
    }
}
