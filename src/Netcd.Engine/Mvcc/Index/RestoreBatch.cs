using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Netcd.Engine.Records;

namespace Netcd.Engine.Mvcc.Index;

/// <summary>
/// Changes that a restore has read, in the order of revisions, and then put in the order of keys: so the index takes them leaf by leaf.
/// Changes of one key stay in the order of revisions.
/// </summary>
internal sealed class RestoreBatch
{
    private readonly List<RestoredChange> changes = [];
    private byte[] keyBytes = new byte[4096];
    private int used;
    private bool isSorted = true;
    private int commonPrefix;
    private ulong[] digits = [];
    private int[] order = [];

    public int Count => changes.Count;

    /// <summary>The change at a place in the order of keys; of revisions, before <see cref="Sort"/>.</summary>
    public ref readonly RestoredChange this[int position] => ref CollectionsMarshal.AsSpan(changes)[isSorted ? position : order[position]];

    public ReadOnlySpan<byte> Key(int position) => KeyOf(in this[position]);

    public void Add(ReadOnlySpan<byte> key, RestoredChange change)
    {
        if (keyBytes.Length - used < key.Length)
        {
            Array.Resize(ref keyBytes, Math.Max(keyBytes.Length * 2, used + key.Length));
        }

        key.CopyTo(keyBytes.AsSpan(used));
        if (changes.Count == 0)
        {
            commonPrefix = key.Length;
        }
        else
        {
            ReadOnlySpan<byte> last = KeyOf(in CollectionsMarshal.AsSpan(changes)[^1]);
            int common = key.CommonPrefixLength(last);
            commonPrefix = Math.Min(commonPrefix, common);
            isSorted &= common == last.Length || (common < key.Length && key[common] > last[common]);
        }

        change.KeyStart = used;
        change.KeyLength = key.Length;
        used += key.Length;
        changes.Add(change);
    }

    public void Clear()
    {
        changes.Clear();
        used = 0;
        isSorted = true;
    }

    /// <summary>
    /// Puts the changes in the order of keys: by the eight bytes behind what all keys begin with, which are compared as numbers, and by
    /// the rest of the key where those are equal.
    /// </summary>
    public void Sort()
    {
        if (isSorted)
        {
            return;
        }

        if (order.Length < Count)
        {
            order = new int[Count];
            digits = new ulong[Count];
        }

        ReadOnlySpan<RestoredChange> read = CollectionsMarshal.AsSpan(changes);
        for (int i = 0; i < read.Length; i++)
        {
            order[i] = i;
            digits[i] = Digits(KeyOf(in read[i])[commonPrefix..]);
        }

        digits.AsSpan(0, Count).Sort(order.AsSpan(0, Count));
        for (int from = 0, to; from < Count; from = to)
        {
            to = from + 1;
            while (to < Count && digits[to] == digits[from])
            {
                to++;
            }

            if (to - from > 1)
            {
                order.AsSpan(from, to - from).Sort(CompareWhole);
            }
        }
    }

    private static ulong Digits(ReadOnlySpan<byte> rest)
    {
        if (rest.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(rest);
        }

        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        rest.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    private int CompareWhole(int left, int right)
    {
        ReadOnlySpan<RestoredChange> read = CollectionsMarshal.AsSpan(changes);
        int byKey = KeyOf(in read[left]).SequenceCompareTo(KeyOf(in read[right]));
        return byKey != 0 ? byKey : left.CompareTo(right);
    }

    private ReadOnlySpan<byte> KeyOf(in RestoredChange change) => keyBytes.AsSpan(change.KeyStart, change.KeyLength);
}

/// <summary>A record of the backend, as far as the index wants it.</summary>
/// <param name="Revision">The change's revision.</param>
/// <param name="IsTombstone">Whether the key was deleted.</param>
/// <param name="CreateMain">The main revision at which the key's life began, as the record states it.</param>
/// <param name="Version">The changes in that life, as the record states them.</param>
internal record struct RestoredChange(Revision Revision, bool IsTombstone, long CreateMain, long Version)
{
    public int KeyStart { get; set; }

    public int KeyLength { get; set; }

    /// <summary>The key's record after this change, where it has none before.</summary>
    public readonly KeyRecord Fresh()
    {
        KeyRecord record = new() { ModMain = Revision.Main, ModSub = Revision.Sub };
        Settle(ref record);
        return record;
    }

    /// <summary>Records the change of a key that has a record.</summary>
    public readonly void ApplyTo(ref KeyRecord record)
    {
        record.Advance(Revision, IsTombstone);
        Settle(ref record);
    }

    private readonly void Settle(ref KeyRecord record)
    {
        if (!IsTombstone)
        {
            // The record by which a tool raises the revision (etcdutl's --bump-revision) is empty: no version, and yet no deletion.
            record.CreateMain = CreateMain;
            record.Version = Math.Max(1, Version);
        }
    }
}
