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

    public NodeSet With(ulong id) => Contains(id) ? this : Of([.. _ids, id]);

    public NodeSet Without(ulong id) => Contains(id) ? Of(_ids.Where(other => other != id)) : this;

    public NodeSet Union(NodeSet other) => other.Count == 0 ? this : Of(_ids.Concat(other._ids));

    /// <summary>How many ids are in one of the two sets only.</summary>
    public int DifferenceTo(NodeSet other) => _ids.Count(id => !other.Contains(id)) + other._ids.Count(id => !Contains(id));

    public IEnumerator<ulong> GetEnumerator() => ((IEnumerable<ulong>)_ids).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"({string.Join(' ', _ids.Select(id => id.ToString("x", CultureInfo.InvariantCulture)))})";
}
