namespace Netcd.Simulation.Scheduling;

/// <summary>
/// One machine's monotonic clock. It runs at a rate of its own and may jump forward, as after a suspension of the whole
/// machine, but never back. The engine reads no wall clock.
/// </summary>
internal sealed class MemberClock(VirtualTime time)
{
    private long baseGlobal;
    private double baseLocal = VirtualTime.Millisecond;
    private double rate = 1;

    /// <summary>The monotonic time in milliseconds.</summary>
    public long Milliseconds => (long)(Local / VirtualTime.Millisecond);

    /// <summary>The same in microseconds.</summary>
    public long Microseconds => (long)Local;

    private double Local => baseLocal + ((time.Now - baseGlobal) * rate);

    /// <summary>Lets the clock run faster (above 1) or slower from now on.</summary>
    public void SetRate(double value)
    {
        (baseLocal, baseGlobal) = (Local, time.Now);
        rate = value;
    }

    /// <summary>Jumps forward.</summary>
    public void Jump(long milliseconds)
    {
        (baseLocal, baseGlobal) = (Local + (milliseconds * VirtualTime.Millisecond), time.Now);
    }

    /// <summary>When, in the simulation's time, the monotonic clock will show so many milliseconds.</summary>
    public long GlobalTimeOf(long milliseconds)
    {
        double wait = ((milliseconds * (double)VirtualTime.Millisecond) - Local) / rate;
        return wait <= 0 ? time.Now : wait > long.MaxValue / 4 ? long.MaxValue : time.Now + (long)wait + 1;
    }
}
