using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>A key that is put, or the keys that a deletion concerns.</summary>
/// <param name="Start">The key, or the first one.</param>
/// <param name="End">The first one behind, or the last one.</param>
/// <param name="HoldsEnd">Whether the end belongs to it.</param>
internal readonly record struct WrittenRange(ByteString Start, ByteString End, bool HoldsEnd)
{
    public static WrittenRange Of(PutRequest put) => new(put.Key, put.Key, HoldsEnd: true);

    /// <summary>
    /// The keys of a deletion. etcd's check takes an open end (one zero byte) for a key like any other, so that such a deletion holds
    /// no key: what is applied is decided by this check on each member alike, so it is etcd's to the letter.
    /// </summary>
    public static WrittenRange Of(DeleteRangeRequest deletion) =>
        deletion.RangeEnd.IsEmpty
            ? new WrittenRange(deletion.Key, deletion.Key, HoldsEnd: true)
            : new WrittenRange(deletion.Key, deletion.RangeEnd, HoldsEnd: false);

    public bool Holds(ReadOnlySpan<byte> key) => key.SequenceCompareTo(Start.Span) >= 0 && EndsBehind(key);

    /// <summary>Whether the key lies before the end.</summary>
    public bool EndsBehind(ReadOnlySpan<byte> key)
    {
        int order = key.SequenceCompareTo(End.Span);
        return order < 0 || (order == 0 && HoldsEnd);
    }

    /// <summary>Whether it ends behind another.</summary>
    public bool EndsBehind(in WrittenRange other)
    {
        int order = End.Span.SequenceCompareTo(other.End.Span);
        return order > 0 || (order == 0 && HoldsEnd && !other.HoldsEnd);
    }
}

/// <summary>
/// A set of ranges that answers whether one of them holds a key: an AVL tree in the order of their starts, each node of which knows
/// the range below it that ends last. It never changes: who adds a range gets another tree, which shares most of it.
/// </summary>
/// <remarks>Only the paths of its own height recurse, which is O(log n) whatever is added.</remarks>
internal sealed class WrittenKeys
{
    private readonly WrittenRange range;
    private readonly WrittenRange last;
    private readonly WrittenKeys left;
    private readonly WrittenKeys right;

    private WrittenKeys() => left = right = this;

    private WrittenKeys(WrittenRange range, WrittenKeys left, WrittenKeys right)
    {
        this.range = range;
        this.left = left;
        this.right = right;
        Height = Math.Max(left.Height, right.Height) + 1;
        last = range;
        last = left.Height > 0 && left.last.EndsBehind(last) ? left.last : last;
        last = right.Height > 0 && right.last.EndsBehind(last) ? right.last : last;
    }

    /// <summary>No ranges.</summary>
    public static WrittenKeys None { get; } = new();

    /// <summary>Nodes on the longest way down.</summary>
    public int Height { get; }

    /// <summary>The set with one range more. Of two that begin alike the longer one stays: it holds all that the other does.</summary>
    public WrittenKeys With(in WrittenRange added)
    {
        if (Height == 0)
        {
            return new WrittenKeys(added, None, None);
        }

        int order = added.Start.Span.SequenceCompareTo(range.Start.Span);
        if (order == 0)
        {
            return added.EndsBehind(range) ? new WrittenKeys(added, left, right) : this;
        }

        return order < 0 ? Balanced(range, left.With(added), right) : Balanced(range, left, right.With(added));
    }

    /// <summary>Whether one of the ranges holds the key.</summary>
    public bool Holds(ReadOnlySpan<byte> key)
    {
        WrittenKeys node = this;
        while (node.Height > 0)
        {
            if (key.SequenceCompareTo(node.range.Start.Span) < 0)
            {
                node = node.left;
                continue;
            }

            // All on the left begin before the key: it is enough that one of them ends behind it.
            if (node.range.EndsBehind(key) || (node.left.Height > 0 && node.left.last.EndsBehind(key)))
            {
                return true;
            }

            node = node.right;
        }

        return false;
    }

    private static WrittenKeys Balanced(in WrittenRange range, WrittenKeys left, WrittenKeys right)
    {
        if (left.Height > right.Height + 1)
        {
            return left.left.Height >= left.right.Height
                ? new WrittenKeys(left.range, left.left, new WrittenKeys(range, left.right, right))
                : new WrittenKeys(
                    left.right.range,
                    new WrittenKeys(left.range, left.left, left.right.left),
                    new WrittenKeys(range, left.right.right, right));
        }

        if (right.Height > left.Height + 1)
        {
            return right.right.Height >= right.left.Height
                ? new WrittenKeys(right.range, new WrittenKeys(range, left, right.left), right.right)
                : new WrittenKeys(
                    right.left.range,
                    new WrittenKeys(range, left, right.left.left),
                    new WrittenKeys(right.range, right.left.right, right.right));
        }

        return new WrittenKeys(range, left, right);
    }
}
