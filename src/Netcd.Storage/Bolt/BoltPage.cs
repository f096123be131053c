using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Netcd.Storage.Bolt;

/// <summary>
/// A branch or leaf page in the mapping, in a <see cref="PageWindow"/> or in the value of an inline bucket. Nothing that stands in it is
/// trusted: an element that reaches beyond the page is a <see cref="BoltFormatException"/>.
/// </summary>
/// <remarks>
/// Header: id (8), flags (2), count (2), overflow (4). Leaf element: flags, position, key size, value size (4 each), key and
/// value at the position counted from the element. Branch element: position, key size (4 each), child page (8).
/// </remarks>
internal readonly unsafe struct BoltPage
{
    public const int HeaderBytes = 16;
    public const int ElementBytes = 16;
    public const ushort BranchFlag = 1;
    public const ushort LeafFlag = 2;
    public const ushort MetaFlag = 4;
    public const ushort FreelistFlag = 16;
    public const uint BucketFlag = 1;

    /// <summary>The count is 16 bits wide, and its highest value means something else in a freelist.</summary>
    public const int MaxElements = 0xFFF0;

    private const int MaxPrefetched = 32;

    private readonly BoltSnapshot view;
    private readonly byte* start;
    private readonly long bytes;

    /// <summary>Reads the header of what must be a branch or leaf page.</summary>
    public BoltPage(BoltSnapshot view, ulong id, byte* start, long bytes)
    {
        this.view = view;
        this.start = start;
        this.bytes = bytes;
        Id = id;
        ushort flags = Unsafe.ReadUnaligned<ushort>(start + 8);
        Count = Unsafe.ReadUnaligned<ushort>(start + 10);
        IsLeaf = flags == LeafFlag;
        if (!IsLeaf && flags != BranchFlag)
        {
            throw view.Corrupt(id, $"neither a branch nor a leaf (flags {flags:x2})");
        }

        if (HeaderBytes + ((long)Count * ElementBytes) > bytes)
        {
            throw view.Corrupt(id, $"{Count} elements do not fit");
        }

        if (Count == 0 && !IsLeaf)
        {
            throw view.Corrupt(id, "a branch without children");
        }
    }

    public ulong Id { get; }

    public bool IsLeaf { get; }

    public int Count { get; }

    /// <summary>The page with those that follow it as its own.</summary>
    public uint PageCount => (uint)(bytes / view.Meta.PageSize);

    public static void WriteHeader(Span<byte> page, ulong id, ushort flags, int count, uint overflow)
    {
        Unsafe.WriteUnaligned(ref page[0], id);
        Unsafe.WriteUnaligned(ref page[8], flags);
        Unsafe.WriteUnaligned(ref page[10], (ushort)count);
        Unsafe.WriteUnaligned(ref page[12], overflow);
    }

    public uint FlagsAt(int index) => Unsafe.ReadUnaligned<uint>(Element(index));

    public ulong ChildAt(int index) => Unsafe.ReadUnaligned<ulong>(Element(index) + 8);

    public ReadOnlySpan<byte> KeyAt(int index)
    {
        byte* key = IsLeaf ? LeafKey(index, out int length, out _) : BranchKey(index, out length);
        return new ReadOnlySpan<byte>(key, length);
    }

    public ReadOnlySpan<byte> ValueAt(int index)
    {
        byte* key = LeafKey(index, out int keyLength, out int valueLength);
        return new ReadOnlySpan<byte>(key + keyLength, valueLength);
    }

    /// <summary>The bytes of a leaf's elements with their keys and values.</summary>
    public int LeafBytes()
    {
        long sum = 0;
        for (int i = 0; i < Count; i++)
        {
            _ = LeafKey(i, out int keyLength, out int valueLength);
            sum += ElementBytes + keyLength + valueLength;
        }

        return checked((int)sum);
    }

    /// <summary>Where the key stands; the value follows it.</summary>
    public byte* LeafKey(int index, out int keyLength, out int valueLength)
    {
        byte* element = Element(index);
        uint position = Unsafe.ReadUnaligned<uint>(element + 4);
        uint keySize = Unsafe.ReadUnaligned<uint>(element + 8);
        uint valueSize = Unsafe.ReadUnaligned<uint>(element + 12);
        ulong end = (ulong)(element - start) + position + keySize + valueSize;
        if (end > (ulong)bytes || keySize > int.MaxValue || valueSize > int.MaxValue)
        {
            throw view.Corrupt(Id, $"element {index} reaches beyond the page");
        }

        keyLength = (int)keySize;
        valueLength = (int)valueSize;
        return element + position;
    }

    public byte* BranchKey(int index, out int keyLength)
    {
        byte* element = Element(index);
        uint position = Unsafe.ReadUnaligned<uint>(element);
        uint keySize = Unsafe.ReadUnaligned<uint>(element + 4);
        ulong end = (ulong)(element - start) + position + keySize;
        if (end > (ulong)bytes || keySize > int.MaxValue)
        {
            throw view.Corrupt(Id, $"element {index} reaches beyond the page");
        }

        keyLength = (int)keySize;
        return element + position;
    }

    /// <summary>The first element of a leaf that is not below the key. Hot: about seven comparisons a page.</summary>
    public int LowerBound(ReadOnlySpan<byte> key, ulong prefix, out bool isExact)
    {
        Prefetch();
        int low = 0;
        int high = Count;
        isExact = false;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            byte* at = LeafKey(middle, out int length, out _);
            int order = Compare(at, length, key, prefix);
            if (order == 0)
            {
                isExact = true;
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The child of a branch in whose range the key lies: the last whose key is not above it, or the first.</summary>
    public int ChildIndex(ReadOnlySpan<byte> key, ulong prefix)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            byte* at = BranchKey(middle, out int length);
            if (Compare(at, length, key, prefix) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return Math.Max(low - 1, 0);
    }

    /// <summary>The first eight bytes of a key as a number that orders as they do; zero where there are fewer.</summary>
    public static ulong Prefix(ReadOnlySpan<byte> key) => key.Length >= 8 ? BinaryPrimitives.ReadUInt64BigEndian(key) : 0;

    /// <summary>Orders a stored key against one whose prefix is known: revisions differ within their first eight bytes.</summary>
    public static int Compare(byte* at, int length, ReadOnlySpan<byte> key, ulong prefix)
    {
        if (length >= 8 && key.Length >= 8)
        {
            ulong stored = Unsafe.ReadUnaligned<ulong>(at);
            if (BitConverter.IsLittleEndian)
            {
                stored = BinaryPrimitives.ReverseEndianness(stored);
            }

            if (stored != prefix)
            {
                return stored < prefix ? -1 : 1;
            }
        }

        return MemoryMarshal.CreateReadOnlySpan(ref *at, length).SequenceCompareTo(key);
    }

    /// <summary>The keys of a leaf stand far apart, and a leaf met at random is in no cache: fetching all of a few side by side
    /// takes as long as waiting for one (measured: a third off a random get among a million).</summary>
    private void Prefetch()
    {
        if (!Sse.IsSupported || Count > MaxPrefetched)
        {
            return;
        }

        byte* element = start + HeaderBytes;
        for (int i = 0; i < Count; i++, element += ElementBytes)
        {
            // A hint alone: an address that is damaged does no harm.
            Sse.Prefetch0(element + Unsafe.ReadUnaligned<uint>(element + 4));
        }
    }

    private byte* Element(int index)
    {
        if ((uint)index >= (uint)Count)
        {
            throw view.Corrupt(Id, $"has no element {index}");
        }

        return start + HeaderBytes + ((long)index * ElementBytes);
    }
}
