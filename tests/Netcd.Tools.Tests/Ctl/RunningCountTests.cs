using Netcd.Tools.Ctl.Mirroring;

namespace Netcd.Tools.Tests.Ctl;

public sealed class RunningCountTests
{
    [Fact]
    public void The_count_is_written_every_half_a_minute_until_it_is_disposed()
    {
        using StringWriter output = new() { NewLine = "\n" };
        HandClock clock = new();
        using (RunningCount count = new(output, clock))
        {
            Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30)), (clock.Due, clock.Period));
            clock.Ring();
            count.Add(128);
            count.Add(2);
            clock.Ring();
            Assert.False(clock.IsStopped);
        }

        Assert.True(clock.IsStopped);
        Assert.Equal("0\n130\n", output.ToString());
    }

    /// <summary>A clock with one timer, which goes off when it is told to.</summary>
    private sealed class HandClock : TimeProvider, ITimer
    {
        private Action ring = static () => { };

        public TimeSpan Due { get; private set; }

        public TimeSpan Period { get; private set; }

        public bool IsStopped { get; private set; }

        public void Ring() => ring();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (Due, Period, ring) = (dueTime, period, () => callback(state));
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => IsStopped = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
