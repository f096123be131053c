using Netcd.Engine.Scheduling;

namespace Netcd.Engine.Tests.Node;

public sealed class TickScheduleTests
{
    [Fact]
    public void Steps_that_come_late_do_not_move_the_ticks_after_them()
    {
        TickSchedule ticks = new(100);
        Assert.False(ticks.IsDue(1_000));
        for (int i = 1; i <= 20; i++)
        {
            Assert.Equal(1_000 + (100 * i), ticks.Next);
            Assert.False(ticks.IsDue(ticks.Next - 1));
            Assert.True(ticks.IsDue(ticks.Next + 40));
        }
    }

    [Fact]
    public void Ticks_missed_in_a_pause_are_not_made_up_for()
    {
        TickSchedule ticks = new(100);
        ticks.IsDue(0);

        Assert.True(ticks.IsDue(5_030));

        Assert.False(ticks.IsDue(5_031));
        Assert.Equal(5_130, ticks.Next);
    }
}
