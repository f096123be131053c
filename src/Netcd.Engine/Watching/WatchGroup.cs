namespace Netcd.Engine.Watching;

/// <summary>
/// The watches of a cohort with the same range: a change is matched against them once, and encoded once for all that want the
/// same of it.
/// </summary>
internal sealed class WatchGroup(WatchRange range)
{
    private const int Variants = (int)WatchOptions.Content + 1;

    private readonly List<Watch> watches = [];
    private EventBatch?[]? batches;

    public WatchRange Range { get; } = range;

    public IReadOnlyList<Watch> Watches => watches;

    /// <summary>The changes of the running step that lie in the range.</summary>
    public List<MatchedChange> Changes { get; } = [];

    public void Add(Watch watch)
    {
        watch.Range = Range;
        watch.Group = this;
        watch.Position = watches.Count;
        watches.Add(watch);
    }

    public void Remove(Watch watch)
    {
        Watch last = watches[^1];
        watches[watch.Position] = last;
        last.Position = watch.Position;
        watches.RemoveAt(watches.Count - 1);
        watch.Group = null;
    }

    /// <summary>The running step's events for watches with these options; null where there are none.</summary>
    public EventBatch? Batch(WatchOptions options, in EventEncoder encoder)
    {
        batches ??= new EventBatch?[Variants];
        int variant = (int)(options & WatchOptions.Content);
        batches[variant] ??= EventBatch.Build(Changes, options, encoder);
        return batches[variant]!.Count > 0 ? batches[variant] : null;
    }

    /// <summary>Ends the step: lets go of its changes.</summary>
    public void Clear()
    {
        Changes.Clear();
        batches = null;
    }
}
