using System.Buffers.Binary;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Faults;

/// <summary>
/// Damage of a backend's image that can be seen. The format has no sums of its pages, so what a value holds is nobody's to judge; but a
/// page that is none, in the place of one that is used, must not be taken.
/// </summary>
internal static class DamagedImage
{
    private const int PageBytes = 4096;
    private const int FlagsOffset = sizeof(ulong);
    private const ushort NoKindOfPage = 0x40;

    /// <summary>Makes one of the pages none, or cuts the image off; tells which.</summary>
    public static string Damage(SimulationRandom random, byte[] image)
    {
        int[] pages = [.. Enumerable.Range(2, Math.Max(0, (image.Length / PageBytes) - 2)).Where(page => IsTreePage(image, page))];
        if (pages.Length == 0)
        {
            image.AsSpan(0, Math.Min(image.Length, 2 * PageBytes)).Clear();
            return "both metas";
        }

        int damaged = random.Pick(pages);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan((damaged * PageBytes) + FlagsOffset), NoKindOfPage);
        return $"page {damaged}";
    }

    /// <summary>A page of a tree names itself; what an overflow page holds is the middle of a value.</summary>
    private static bool IsTreePage(byte[] image, int page)
    {
        ReadOnlySpan<byte> head = image.AsSpan(page * PageBytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(head) == (ulong)page
            && BinaryPrimitives.ReadUInt16LittleEndian(head[FlagsOffset..]) is 1 or 2;
    }
}
