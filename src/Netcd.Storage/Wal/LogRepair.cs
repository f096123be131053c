using System.Buffers.Binary;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Wal;

/// <summary>
/// Makes the end of the last segment clean: behind the last whole record there are zeros only, so that a later crash
/// cannot mix old bytes with new.
/// </summary>
internal static class LogRepair
{
    public static WalRepair? Describe(string path, in LogEnd end) =>
        end.TornReason is not null ? new WalRepair(path, end.Offset, Math.Max(0, end.EndOfContent - end.Offset), end.TornReason)
        : end.LostLength is { } lost ? new WalRepair(path, lost.Offset, 0, "a record's length was lost")
        : null;

    /// <remarks>
    /// Cut first, and only when that is flushed grown again: a cut is all or nothing, while zeros written over a torn
    /// record could tear in their turn and leave what looks like a damaged one.
    /// </remarks>
    public static void Apply(IDiskFile file, in LogEnd end, long segmentBytes)
    {
        if (end.LostLength is { } lost)
        {
            Span<byte> length = stackalloc byte[RecordFrame.LengthBytes];
            BinaryPrimitives.WriteUInt64LittleEndian(length, lost.Length);
            file.WriteAt(lost.Offset, length);
            file.Flush();
        }

        if (end.EndOfContent > end.Offset)
        {
            file.SetLength(end.Offset);
            file.Flush();
        }

        if (file.Length < segmentBytes)
        {
            file.Preallocate(segmentBytes);
            file.Flush();
        }
    }
}
