namespace Netcd.Server.Auth;

/// <summary>
/// The time as of the last of a clock's frequent ticks. To read it costs nothing, where the system's clock is most of the cost of finding
/// a token.
/// </summary>
internal sealed class CoarseClock : IDisposable
{
    private readonly TimeProvider clock;
    private readonly ITimer ticks;
    private long timestamp;
    private long unixSeconds;

    public CoarseClock(TimeProvider clock)
    {
        this.clock = clock;
        Tick();
        ticks = clock.CreateTimer(static coarse => ((CoarseClock)coarse!).Tick(), this, Period, Period);
    }

    /// <summary>How late it may be.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>As <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Timestamp => Volatile.Read(ref timestamp);

    /// <summary>Whole seconds since 1970.</summary>
    public long UnixSeconds => Volatile.Read(ref unixSeconds);

    /// <inheritdoc/>
    public void Dispose() => ticks.Dispose();

    private void Tick()
    {
        Volatile.Write(ref timestamp, clock.GetTimestamp());
        Volatile.Write(ref unixSeconds, clock.GetUtcNow().ToUnixTimeSeconds());
    }
}
