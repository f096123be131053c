using System.Collections;
using System.Globalization;

namespace Netcd.Raft;

/// <summary>A set of node ids in ascending order. Immutable; small, so that a walk over an array is the fastest look-up.</summary>
internal sealed class NodeSet : IReadOnlyList<ulong>
{
    private readonly ulong[] _ids;

    private NodeSet(ulong[] ascending) => _ids = ascending;

    public static NodeSet Empty { get; } = new([]);

    public int Count => _ids.Length;

    public ReadOnlySpan<ulong> Ids => _ids;

    public ulong this[int position] => _ids[position];

    public static NodeSet Of(params IEnumerable<ulong> ids)
    {
        ulong[] distinct = [.. ids.Distinct().Order()];
        return distinct.Length == 0 ? Empty : new NodeSet(distinct);
    }

    public bool Contains(ulong id) => _ids.AsSpan().Contains(id);

    public NodeSet With(ulong id)
    {
        var position = _ids.AsSpan().BinarySearch(id);
        return position >= 0 ? this : new NodeSet([.. _ids.AsSpan(0, ~position), id, .. _ids.AsSpan(~position)]);
    }

    public NodeSet Without(ulong id)
    {
        var position = _ids.AsSpan().BinarySearch(id);
        if (position < 0)
            return this;
        return Count == 1 ? Empty : new NodeSet([.. _ids.AsSpan(0, position), .. _ids.AsSpan(position + 1)]);
    }

    public NodeSet Union(NodeSet other)
    {
        var union = this;
        foreach (var id in other._ids)
            union = union.With(id);
        return union;
    }

    /// <summary>How many ids are in one of the two sets only.</summary>
    public int DifferenceTo(NodeSet other) => _ids.Count(id => !other.Contains(id)) + other._ids.Count(id => !Contains(id));

    public IEnumerator<ulong> GetEnumerator() => ((IEnumerable<ulong>)_ids).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"({string.Join(' ', _ids.Select(id => id.ToString("x", CultureInfo.InvariantCulture)))})";
}
