using System.Buffers.Binary;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Wal;

/// <summary>Makes the end of the last segment clean: behind the last whole record there are zeros only, so that a later crash cannot mix old bytes with new.</summary>
internal static class LogRepair
{
    private const int ChunkBytes = 1 << 20;

    public static WalRepair? Describe(string path, in LogEnd end) =>
        end.TornReason is not null ? new WalRepair(path, end.Offset, Math.Max(0, end.EndOfContent - end.Offset), end.TornReason)
        : end.LostLength is { } lost ? new WalRepair(path, lost.Offset, 0, "a record's length was lost")
        : null;

    /// <remarks>
    /// The bytes are overwritten and flushed before the file grows: a record that ran out of the file must not come to be
    /// followed by zeros and so look like another kind of damage.
    /// </remarks>
    public static void Apply(IDiskFile file, in LogEnd end, long segmentBytes)
    {
        bool changed = false;
        if (end.LostLength is { } lost)
        {
            Span<byte> length = stackalloc byte[RecordFrame.LengthBytes];
            BinaryPrimitives.WriteUInt64LittleEndian(length, lost.Length);
            file.WriteAt(lost.Offset, length);
            changed = true;
        }

        if (end.EndOfContent > end.Offset)
        {
            Zero(file, end.Offset, end.EndOfContent);
            changed = true;
        }

        if (changed)
        {
            file.Flush();
        }

        if (file.Length < segmentBytes)
        {
            file.Preallocate(segmentBytes);
            file.Flush();
        }
    }

    // From the back, so that a crash in between leaves the torn record as it was found.
    private static void Zero(IDiskFile file, long from, long to)
    {
        var zeros = new byte[Math.Min(ChunkBytes, to - from)];
        while (to > from)
        {
            int count = (int)Math.Min(zeros.Length, to - from);
            to -= count;
            file.WriteAt(to, zeros.AsSpan(0, count));
        }
    }
}
