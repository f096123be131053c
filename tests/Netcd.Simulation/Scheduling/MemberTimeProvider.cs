using Netcd.Simulation.Members;

namespace Netcd.Simulation.Scheduling;

/// <summary>The clock of a member's machine for what runs beside its engine, in one life of the member.</summary>
internal sealed class MemberTimeProvider(VirtualTime time, SimulatedMember member) : TimeProvider
{
    private readonly int life = member.Life;

    /// <inheritdoc/>
    public override long TimestampFrequency => VirtualTime.Second;

    /// <inheritdoc/>
    public override long GetTimestamp() => member.Clock.Microseconds;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMilliseconds(member.Clock.Milliseconds);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        MemberTimer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class MemberTimer(MemberTimeProvider owner, Action callback) : ITimer
    {
        /// <summary>Counts what it was set to: what was asked for before is void.</summary>
        private int setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            setting++;
            Schedule(owner.Local + (long)dueTime.TotalMilliseconds, (long)period.TotalMilliseconds, setting);
            return true;
        }

        public void Dispose() => setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Schedule(long due, long period, int of) => owner.At(due, () => Fire(due, period, of));

        /// <summary>A process that stands still has its timers fire when it goes on, once for all that it missed.</summary>
        private void Fire(long due, long period, int of)
        {
            if (of != setting || !owner.IsAlive)
            {
                return;
            }

            if (owner.IsPaused)
            {
                owner.WhenResumed(() => Fire(due, period, of));
                return;
            }

            if (owner.Local >= due)
            {
                callback();
                due = Math.Max(due, owner.Local) + period;
            }

            Schedule(due, period, of);
        }
    }

    private long Local => member.Clock.Milliseconds;

    private bool IsAlive => member.Life == life;

    private bool IsPaused => member.IsPaused;

    private void At(long localMilliseconds, Action action) => time.At(member.Clock.GlobalTimeOf(localMilliseconds), action);

    private void WhenResumed(Action action) => member.WhenResumed(action);
}
