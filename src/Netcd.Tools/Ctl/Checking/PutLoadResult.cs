namespace Netcd.Tools.Ctl.Checking;

/// <summary>What became of many calls; for many threads.</summary>
internal sealed class PutLoadResult
{
    private readonly Lock gate = new();
    private readonly List<double> seconds = [];
    private readonly SortedDictionary<string, int> errors = new(StringComparer.Ordinal);

    /// <summary>How long all took together.</summary>
    public TimeSpan Total { get; set; }

    /// <summary>How often each failure came.</summary>
    public IReadOnlyDictionary<string, int> Errors => errors;

    /// <summary>How many have ended.</summary>
    public int Ended
    {
        get
        {
            lock (gate)
            {
                return seconds.Count + errors.Values.Sum();
            }
        }
    }

    /// <summary>How many did well, a second.</summary>
    public double Rate => seconds.Count / Total.TotalSeconds;

    /// <summary>The slowest that did well, in seconds.</summary>
    public double Slowest => seconds.Count == 0 ? 0 : seconds.Max();

    /// <summary>The standard deviation of those that did well, in seconds; no number where there is none.</summary>
    public double Deviation
    {
        get
        {
            double average = seconds.Sum() / seconds.Count;
            return Math.Sqrt(seconds.Sum(value => (value - average) * (value - average)) / seconds.Count);
        }
    }

    public void Add(TimeSpan took)
    {
        lock (gate)
        {
            seconds.Add(took.TotalSeconds);
        }
    }

    public void AddFailure(string error)
    {
        lock (gate)
        {
            errors[error] = errors.GetValueOrDefault(error) + 1;
        }
    }
}
