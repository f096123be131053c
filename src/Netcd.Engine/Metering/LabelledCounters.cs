using System.Collections.Concurrent;

namespace Netcd.Engine.Metering;

/// <summary>Counters by values of labels that are not known beforehand, and that others may choose: there is a bound to how many are
/// told apart.</summary>
/// <param name="most">The bound.</param>
/// <param name="others">Where those beyond it are counted.</param>
public sealed class LabelledCounters(int most, params string[] others)
{
    private readonly ConcurrentDictionary<string, (string[] Labels, Counter Counter)> known = new(StringComparer.Ordinal);
    private readonly Counter rest = new();

    /// <summary>The counters that have been asked for, by their labels' values.</summary>
    public IEnumerable<(IReadOnlyList<string> Labels, Counter Counter)> All =>
        known.Values.Select(static one => ((IReadOnlyList<string>)one.Labels, one.Counter))
            .Concat(rest.Value > 0 ? [(others, rest)] : []);

    /// <summary>The counter for the value of a single label.</summary>
    public Counter Of(string label) => Find(label) ?? Add(label, [label]);

    /// <summary>The counter for the values of labels, in the order of their names.</summary>
    public Counter Of(params string[] labels)
    {
        string key = string.Join('\n', labels);
        return Find(key) ?? Add(key, labels);
    }

    private Counter? Find(string key) => known.TryGetValue(key, out (string[] Labels, Counter Counter) found) ? found.Counter : null;

    private Counter Add(string key, string[] labels) =>
        known.Count < most ? known.GetOrAdd(key, static (_, values) => (values, new Counter()), labels).Counter : rest;
}
