using System.Diagnostics.CodeAnalysis;

namespace Netcd.Server.Auth;

/// <summary>
/// A bounded queue in which sources take turns: each has a place in the round however many items it has. Where it is full, a source with
/// few items pushes out the newest of the one with most. Not for several threads at once.
/// </summary>
internal sealed class FairQueue<T>(int maxCount)
    where T : class
{
    private readonly Dictionary<string, Source> sources = new(StringComparer.Ordinal);
    private readonly LinkedList<Source> round = [];

    public int Count { get; private set; }

    /// <summary>Adds an item at the end of its source's.</summary>
    /// <param name="source">Whose it is.</param>
    /// <param name="item">The item.</param>
    /// <param name="place">Its place, to take it out before its turn.</param>
    /// <param name="pushedOut">The item of another source that had to leave, if any.</param>
    /// <returns>Whether there was room.</returns>
    public bool TryAdd(string source, T item, [NotNullWhen(true)] out Place? place, out T? pushedOut)
    {
        place = null;
        pushedOut = null;
        Source? own = sources.GetValueOrDefault(source);
        if (Count >= maxCount && !TryMakeRoom(own?.Items.Count ?? 0, out pushedOut))
        {
            return false;
        }

        if (own is null)
        {
            own = new Source(source);
            sources.Add(source, own);
            round.AddLast(own.Turn);
        }

        place = new Place(own, own.Items.AddLast(item));
        Count++;
        return true;
    }

    /// <summary>The next item; null where there is none.</summary>
    public T? Take()
    {
        if (round.First is not { Value: Source source } turn)
        {
            return null;
        }

        LinkedListNode<T> first = source.Items.First!;
        round.Remove(turn);
        round.AddLast(turn);
        Remove(source, first);
        return first.Value;
    }

    /// <summary>Takes an item out before its turn.</summary>
    /// <returns>Whether it was still there.</returns>
    public bool TryRemove(Place place)
    {
        if (place.Node.List is null)
        {
            return false;
        }

        Remove(place.Source, place.Node);
        return true;
    }

    /// <summary>Pushes an item of the source with most out where that source has more than another one would have with its new item.
    /// </summary>
    private bool TryMakeRoom(int own, out T? pushedOut)
    {
        pushedOut = null;
        Source? largest = round.MaxBy(static source => source.Items.Count);
        if (largest is null || largest.Items.Count <= own + 1)
        {
            return false;
        }

        LinkedListNode<T> newest = largest.Items.Last!;
        Remove(largest, newest);
        pushedOut = newest.Value;
        return true;
    }

    private void Remove(Source source, LinkedListNode<T> item)
    {
        source.Items.Remove(item);
        Count--;
        if (source.Items.Count == 0)
        {
            round.Remove(source.Turn);
            sources.Remove(source.Name);
        }
    }

    /// <summary>An item's place.</summary>
    internal sealed record Place(Source Source, LinkedListNode<T> Node);

    /// <summary>One source that has items, with its place in the round.</summary>
    internal sealed class Source
    {
        public Source(string name)
        {
            Name = name;
            Turn = new LinkedListNode<Source>(this);
        }

        public string Name { get; }

        public LinkedListNode<Source> Turn { get; }

        public LinkedList<T> Items { get; } = [];
    }
}
