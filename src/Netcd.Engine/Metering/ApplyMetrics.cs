namespace Netcd.Engine.Metering;

/// <summary>What is measured of applying entries, and of reading.</summary>
public sealed class ApplyMetrics
{
    private static readonly Buckets Durations = Buckets.Seconds(0.0001, 20);

    private readonly Outcomes[] operations = [.. Enumerable.Range(0, ApplyOperations.Names.Count).Select(static _ => new Outcomes())];

    /// <summary>Entries and reads that took long.</summary>
    public Counter Slow { get; } = new();

    /// <summary>Ranges that were read for a caller of their own, by whether they succeeded.</summary>
    public Outcomes Ranges { get; } = new();

    /// <summary>How long entries took, by what they asked for and whether they succeeded; only what has happened.</summary>
    public IEnumerable<(string Operation, bool HasSucceeded, Histogram Duration)> Operations
    {
        get
        {
            for (int at = 0; at < operations.Length; at++)
            {
                foreach (bool hasSucceeded in (bool[])[false, true])
                {
                    if (operations[at].Find(hasSucceeded) is { } duration)
                    {
                        yield return (ApplyOperations.Names[at], hasSucceeded, duration);
                    }
                }
            }
        }
    }

    /// <summary>Notes how long a range took.</summary>
    public void ObserveRange(bool hasSucceeded, long nanoseconds) => Ranges.Of(hasSucceeded).Observe(nanoseconds);

    /// <summary>Notes how long an entry took.</summary>
    internal void Observe(int operation, bool hasSucceeded, long nanoseconds) =>
        operations[operation].Of(hasSucceeded).Observe(nanoseconds);

    /// <summary>How long something took where it succeeded, and where not; made when it happens for the first time, as most never
    /// fail.</summary>
    public sealed class Outcomes
    {
        private Histogram? failed;
        private Histogram? succeeded;

        /// <summary>The durations; null where it has not happened.</summary>
        public Histogram? Find(bool hasSucceeded) => Volatile.Read(ref hasSucceeded ? ref succeeded : ref failed);

        internal Histogram Of(bool hasSucceeded) =>
            LazyInitializer.EnsureInitialized(ref hasSucceeded ? ref succeeded : ref failed, static () => new Histogram(Durations));
    }
}
