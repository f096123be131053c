using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Netcd.Storage.Bolt;

/// <summary>The list of free pages as it stands in the file: ids of 8 bytes each after the page header. From 65,535 on the
/// count does not fit the header: it says 65,535 and the first id is the count.</summary>
internal static unsafe class FreelistPage
{
    private const int CountStandsFirst = 0xFFFF;

    public static long BytesFor(long count) => BoltPage.HeaderBytes + (8L * (count >= CountStandsFirst ? count + 1 : count));

    public static void Write(Span<byte> page, ulong id, uint overflow, List<ulong> ids)
    {
        page.Clear();
        bool isLong = ids.Count >= CountStandsFirst;
        BoltPage.WriteHeader(page, id, BoltPage.FreelistFlag, isLong ? CountStandsFirst : ids.Count, overflow);
        Span<byte> at = page[BoltPage.HeaderBytes..];
        if (isLong)
        {
            Unsafe.WriteUnaligned(ref at[0], (ulong)ids.Count);
            at = at[8..];
        }

        MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(ids)).CopyTo(at);
    }

    /// <exception cref="BoltFormatException">The page is not one, or lists pages that are not in the file.</exception>
    public static ulong[] Read(BoltSnapshot view)
    {
        ulong id = view.Meta.Freelist;
        byte* page = view.Header(id, out uint overflow);
        if (Unsafe.ReadUnaligned<ushort>(page + 8) != BoltPage.FreelistFlag)
        {
            throw view.Corrupt(id, "is not a list of free pages");
        }

        ulong bytes = (overflow + 1UL) * (ulong)view.Meta.PageSize;
        ulong count = Unsafe.ReadUnaligned<ushort>(page + 10);
        byte* at = page + BoltPage.HeaderBytes;
        ulong room = (bytes - BoltPage.HeaderBytes) / 8;
        if (count == CountStandsFirst)
        {
            count = Unsafe.ReadUnaligned<ulong>(at);
            at += 8;
            room--;
        }

        if (count > room)
        {
            throw view.Corrupt(id, $"lists {count} free pages, more than fit");
        }

        ulong[] ids = new ulong[count];
        new ReadOnlySpan<byte>(at, checked((int)count * 8)).CopyTo(MemoryMarshal.AsBytes(ids.AsSpan()));
        foreach (ulong free in ids)
        {
            if (free < 2 || free >= view.Meta.HighWater)
            {
                throw view.Corrupt(id, $"lists page {free} as free, which is not one of the file's");
            }
        }

        return ids;
    }
}
