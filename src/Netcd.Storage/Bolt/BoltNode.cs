namespace Netcd.Storage.Bolt;

/// <summary>A page that a write transaction changes, taken apart; its keys and values stay in the mapping or the arena.</summary>
internal abstract class BoltNode
{
    /// <summary>Elements beyond which an insertion splits a node in memory: keeps the shifting of an insertion short.</summary>
    public const int MaxInsertCount = 1024;

    /// <summary>The page that it was read from, to be given back when it is written anew; 0 for none.</summary>
    public ulong PageId { get; set; }

    public int Count { get; protected set; }

    /// <summary>Something was taken from it: it may have to be merged with a neighbour.</summary>
    public bool IsUnbalanced { get; set; }

    /// <summary>Bytes of the elements and their keys and values, without the page's header.</summary>
    public long ContentBytes { get; protected set; }

    /// <summary>Elements below which it is merged with a neighbour, and that a split leaves on either side.</summary>
    public abstract int MinCount { get; }

    public abstract ReadOnlySpan<byte> KeyAt(int index);

    /// <summary>Bytes that the element takes on a page.</summary>
    public abstract long ElementBytesAt(int index);

    /// <summary>Moves all elements of the right neighbour to this node's end.</summary>
    public abstract void Append(BoltNode right);

    /// <summary>Moves the elements from the index on to a new node.</summary>
    public abstract BoltNode SplitOff(int index);
}
