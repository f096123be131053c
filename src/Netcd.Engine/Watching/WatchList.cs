namespace Netcd.Engine.Watching;

/// <summary>Watches that are in no cohort; any of them leaves at once.</summary>
internal sealed class WatchList
{
    private readonly List<Watch> watches = [];

    public int Count => watches.Count;

    public Watch this[int position] => watches[position];

    public void Add(Watch watch)
    {
        watch.List = this;
        watch.Position = watches.Count;
        watches.Add(watch);
    }

    public void Remove(Watch watch)
    {
        Watch last = watches[^1];
        watches[watch.Position] = last;
        last.Position = watch.Position;
        watches.RemoveAt(watches.Count - 1);
        watch.List = null;
    }

    /// <summary>Moves all to another list.</summary>
    public void MoveTo(WatchList other)
    {
        foreach (Watch watch in watches)
        {
            watch.List = other;
            watch.Position = other.watches.Count;
            other.watches.Add(watch);
        }

        watches.Clear();
    }
}
