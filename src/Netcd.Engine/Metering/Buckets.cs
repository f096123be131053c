namespace Netcd.Engine.Metering;

/// <summary>
/// The bounds by which a histogram sorts: as they are shown, and as they are compared with. What is observed is a whole number, such as
/// nanoseconds, so that it can be added up without rounding and without a lock; the page shows seconds.
/// </summary>
public sealed class Buckets
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly double[] shown;
    private readonly long[] bounds;

    private Buckets(long unit, double[] shown)
    {
        Unit = unit;
        this.shown = shown;
        bounds = [.. shown.Select(bound => (long)Math.Round(bound * unit))];
    }

    /// <summary>What one is made of that is shown.</summary>
    public long Unit { get; }

    /// <summary>The bounds as they are shown, ascending; what is larger than all of them counts too.</summary>
    public IReadOnlyList<double> Shown => shown;

    /// <summary>Seconds that are observed as nanoseconds: the first bound, and each of the others twice the one before.</summary>
    public static Buckets Seconds(double first, int count) => new(NanosecondsPerSecond, Doubled(first, count));

    /// <summary>Seconds that are observed as nanoseconds.</summary>
    public static Buckets OfSeconds(params double[] bounds) => new(NanosecondsPerSecond, bounds);

    /// <summary>Milliseconds that are observed as nanoseconds.</summary>
    public static Buckets Milliseconds(double first, int count) => new(NanosecondsPerMillisecond, Doubled(first, count));

    /// <summary>Whole numbers that are shown as they are.</summary>
    public static Buckets Numbers(double first, int count) => new(1, Doubled(first, count));

    /// <summary>The bucket for what was observed.</summary>
    internal int Find(long observed)
    {
        int at = 0;
        while (at < bounds.Length && observed > bounds[at])
        {
            at++;
        }

        return at;
    }

    private static double[] Doubled(double first, int count) => [.. Enumerable.Range(0, count).Select(power => first * (1L << power))];
}
