namespace Netcd.Engine.Auth;

/// <summary>A set of keys, as ranges in their order that neither overlap nor touch. It never changes.</summary>
/// <remarks>What lies in several granted ranges together is granted as a whole: they are united once, and a look is one search.</remarks>
internal sealed class GrantedRanges
{
    private readonly byte[][] starts;

    /// <summary>The first key behind each range; null for one without an end, which can only be the last.</summary>
    private readonly byte[]?[] ends;

    /// <summary>The union of ranges.</summary>
    public GrantedRanges(IEnumerable<GrantedRange> ranges)
    {
        List<GrantedRange> united = [];
        foreach (GrantedRange range in ranges.Where(static range => !range.IsEmpty).OrderBy(static range => range.Start, KeyOrder.Instance))
        {
            if (united.Count > 0 && united[^1].Reaches(range.Start))
            {
                united[^1] = united[^1].Until(range.End);
            }
            else
            {
                united.Add(range);
            }
        }

        starts = [.. united.Select(static range => range.Start)];
        ends = [.. united.Select(static range => range.End)];
    }

    /// <summary>How many ranges it consists of.</summary>
    public int Count => starts.Length;

    /// <summary>Whether all that a request names lies inside.</summary>
    /// <param name="key">The key, or the first one.</param>
    /// <param name="rangeEnd">The first key behind; empty for the one key, a zero byte for all behind it, as in requests.</param>
    /// <remarks>Hot path: no allocation.</remarks>
    public bool Contains(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        int at = LastStartingAtOrBefore(key);
        if (at < 0)
        {
            return false;
        }

        byte[]? end = ends[at];
        return rangeEnd switch
        {
            [] => end is null || key.SequenceCompareTo(end) < 0,
            [0] => end is null,

            // A range that ends before it begins names no key: as in etcd the right to where it begins is enough.
            _ => end is null || (key.SequenceCompareTo(end) < 0 && rangeEnd.SequenceCompareTo(end) <= 0),
        };
    }

    private int LastStartingAtOrBefore(ReadOnlySpan<byte> key)
    {
        (int low, int high) = (0, starts.Length - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (key.SequenceCompareTo(starts[middle]) < 0)
            {
                high = middle - 1;
            }
            else
            {
                low = middle + 1;
            }
        }

        return high;
    }

    private sealed class KeyOrder : IComparer<byte[]>
    {
        public static KeyOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}

/// <summary>Keys from one on.</summary>
/// <param name="Start">The first key.</param>
/// <param name="End">The first key behind; null for none.</param>
internal readonly record struct GrantedRange(byte[] Start, byte[]? End)
{
    public bool IsEmpty => End is not null && Start.AsSpan().SequenceCompareTo(End) >= 0;

    /// <summary>The range that a permission names.</summary>
    public static GrantedRange Of(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) => new(key.ToArray(), rangeEnd switch
    {
        [] => [.. key, 0],
        [0] => null,
        _ => rangeEnd.ToArray(),
    });

    /// <summary>Whether a range that starts there goes on with this one.</summary>
    public bool Reaches(byte[] start) => End is null || start.AsSpan().SequenceCompareTo(End) <= 0;

    /// <summary>The range, as long as either of both.</summary>
    public GrantedRange Until(byte[]? end) =>
        this with { End = End is null || end is null ? null : End.AsSpan().SequenceCompareTo(end) >= 0 ? End : end };
}
