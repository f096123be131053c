
namespace Netcd.Engine.Watching;

/// <summary>Events in the order of revisions, encoded once and shared by all watches that are sent them.</summary>
internal sealed class EventBatch
{
    private readonly byte[][] events;
    private readonly long[] revisions;
    private readonly long allBytes;

    private EventBatch(byte[][] events, long[] revisions)
    {
        this.events = events;
        this.revisions = revisions;
        foreach (byte[] encoded in events)
        {
            allBytes += encoded.Length;
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => events.Length;

    /// <summary>The revision of the last one.</summary>
    public long LastRevision => revisions[^1];

    /// <summary>The encoded events.</summary>
    public ReadOnlySpan<byte[]> Events => events;

    /// <summary>The changes that a watch with these options is sent.</summary>
    public static EventBatch Build(List<MatchedChange> changes, WatchOptions options, in EventEncoder encoder)
    {
        bool withPrevious = options.HasFlag(WatchOptions.PreviousRecord);
        int count = 0;
        byte[][] events = new byte[changes.Count][];
        long[] revisions = new long[changes.Count];
        foreach (MatchedChange change in changes)
        {
            if (!options.HasFlag(change.IsDeletion ? WatchOptions.NoDelete : WatchOptions.NoPut))
            {
                events[count] = encoder.Encode(change, withPrevious);
                revisions[count++] = change.Revision.Main;
            }
        }

        Array.Resize(ref events, count);
        Array.Resize(ref revisions, count);
        return new EventBatch(events, revisions);
    }

    /// <summary>The position of the first event at or after a revision, or the count.</summary>
    public int FirstFrom(long revision)
    {
        int position = 0;
        while (position < revisions.Length && revisions[position] < revision)
        {
            position++;
        }

        return position;
    }

    /// <summary>The revision of an event.</summary>
    public long RevisionAt(int position) => revisions[position];

    /// <summary>How many events from a position on make a fragment: as many as fit, and one at least.</summary>
    public int FragmentFrom(int first, int maxBytes)
    {
        int count = 0;
        long bytes = 0;
        while (first + count < events.Length && (count == 0 || bytes + events[first + count].Length < maxBytes))
        {
            bytes += events[first + count++].Length;
        }

        return count;
    }

    /// <summary>Bytes of some of them.</summary>
    public long BytesOf(int first, int count)
    {
        if (count == events.Length)
        {
            return allBytes;
        }

        long bytes = 0;
        foreach (byte[] encoded in events.AsSpan(first, count))
        {
            bytes += encoded.Length;
        }

        return bytes;
    }
}
