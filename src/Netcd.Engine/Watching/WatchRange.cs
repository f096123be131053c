namespace Netcd.Engine.Watching;

/// <summary>The keys that a watch is about: one, an interval, or all from a key on.</summary>
internal sealed class WatchRange
{
    private WatchRange(byte[] start, byte[]? end)
    {
        Start = start;
        End = end;
    }

    /// <summary>The key, or the first one.</summary>
    public byte[] Start { get; }

    /// <summary>The first key behind; empty where there is no end, null where it is the one key.</summary>
    public byte[]? End { get; }

    /// <summary>Whether it is one key.</summary>
    public bool IsSingle => End is null;

    /// <summary>
    /// Reads a request's key and range end: no key is the smallest key, an end of one zero byte means no end.
    /// </summary>
    /// <returns>Null where no key can lie in it.</returns>
    public static WatchRange? From(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        byte[] start = key.IsEmpty ? [0] : key.ToArray();
        if (rangeEnd.IsEmpty)
        {
            return new WatchRange(start, null);
        }

        if (rangeEnd is [0])
        {
            return new WatchRange(start, []);
        }

        return key.SequenceCompareTo(rangeEnd) < 0 && start.AsSpan().SequenceCompareTo(rangeEnd) < 0
            ? new WatchRange(start, rangeEnd.ToArray())
            : null;
    }

    /// <summary>The order of intervals: by start, then by end, no end last.</summary>
    public static int Compare(WatchRange left, WatchRange right)
    {
        int order = left.Start.AsSpan().SequenceCompareTo(right.Start);
        return order != 0 ? order : CompareEnds(left.End!, right.End!);
    }

    /// <summary>The order of ends of intervals, no end last.</summary>
    public static int CompareEnds(byte[] left, byte[] right) => (left.Length, right.Length) switch
    {
        (0, 0) => 0,
        (0, _) => 1,
        (_, 0) => -1,
        _ => left.AsSpan().SequenceCompareTo(right),
    };

    /// <summary>Whether a key at or behind the start lies before this end.</summary>
    public static bool IsBeforeEnd(ReadOnlySpan<byte> key, byte[] end) => end.Length == 0 || key.SequenceCompareTo(end) < 0;
}
