using System.Collections;
using System.Globalization;

namespace Netcd.Raft;

/// <summary>A set of node ids in ascending order. Immutable; small, so that a walk over an array is the fastest look-up.</summary>
internal sealed class NodeSet : IReadOnlyList<ulong>
{
    private readonly ulong[] ids;

    private NodeSet(ulong[] ascending) => ids = ascending;

    public static NodeSet Empty { get; } = new([]);

    public int Count => ids.Length;

    public ReadOnlySpan<ulong> Ids => ids;

    public ulong this[int position] => ids[position];

    public static NodeSet Of(params IEnumerable<ulong> ids)
    {
        ulong[] distinct = [.. ids.Distinct().Order()];
        return distinct.Length == 0 ? Empty : new NodeSet(distinct);
    }

    public bool Contains(ulong id) => ids.AsSpan().Contains(id);

    public NodeSet With(ulong id)
    {
        int position = ids.AsSpan().BinarySearch(id);
        return position >= 0 ? this : new NodeSet([.. ids.AsSpan(0, ~position), id, .. ids.AsSpan(~position)]);
    }

    public NodeSet Without(ulong id)
    {
        int position = ids.AsSpan().BinarySearch(id);
        if (position < 0)
        {
            return this;
        }

        return Count == 1 ? Empty : new NodeSet([.. ids.AsSpan(0, position), .. ids.AsSpan(position + 1)]);
    }

    public NodeSet Union(NodeSet other)
    {
        NodeSet union = this;
        foreach (ulong id in other.ids)
        {
            union = union.With(id);
        }

        return union;
    }

    /// <summary>How many ids are in one of the two sets only.</summary>
    public int DifferenceTo(NodeSet other) => ids.Count(id => !other.Contains(id)) + other.ids.Count(id => !Contains(id));

    public IEnumerator<ulong> GetEnumerator() => ((IEnumerable<ulong>)ids).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"({string.Join(' ', ids.Select(id => id.ToString("x", CultureInfo.InvariantCulture)))})";
}
