namespace Netcd.Engine.Metering;

/// <summary>Measures how long something takes. The time is handed in: the engine has no clock of its own.</summary>
/// <param name="nanoseconds">Nanoseconds since some point of time; it never goes back.</param>
public sealed class MonotonicClock(Func<long> nanoseconds)
{
    /// <summary>A clock that stands still, where nobody looks at what is measured.</summary>
    public static MonotonicClock Still { get; } = new(static () => 0);

    /// <summary>Now, in nanoseconds.</summary>
    public long Now => nanoseconds();

    /// <summary>Notes how long it is since then.</summary>
    public void Observe(Histogram histogram, long since)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        histogram.Observe(Now - since);
    }
}
