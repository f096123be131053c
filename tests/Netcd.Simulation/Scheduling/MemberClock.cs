namespace Netcd.Simulation.Scheduling;

/// <summary>
/// One machine's clocks. The monotonic one runs at a rate of its own and may jump forward, as after a suspension of the whole
/// machine, but never back; the wall clock is read at starts alone and may stand anywhere.
/// </summary>
internal sealed class MemberClock(VirtualTime time)
{
    private const long UnixStartMilliseconds = 1_700_000_000_000;

    private long baseGlobal;
    private double baseLocal = VirtualTime.Millisecond;
    private double rate = 1;

    /// <summary>How far the wall clock is off, in milliseconds.</summary>
    public long WallOffsetMilliseconds { get; set; }

    /// <summary>The monotonic time in milliseconds.</summary>
    public long Milliseconds => (long)(Local / VirtualTime.Millisecond);

    /// <summary>The wall clock in milliseconds since 1970.</summary>
    public long UnixMilliseconds => UnixStartMilliseconds + (time.Now / VirtualTime.Millisecond) + WallOffsetMilliseconds;

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
