using System.Buffers.Binary;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Wal;

/// <summary>
/// Makes the end of the last segment clean: behind the last whole record there are zeros only, so that a later crash
/// cannot mix old bytes with new. And makes what was read from it durable.
/// </summary>
internal static class LogRepair
{
    private const int ChunkBytes = 1 << 20;

    public static WalRepair? Describe(string path, in LogEnd end) =>
        end.TornReason is not null ? new WalRepair(path, end.Offset, end.TornBytes, end.TornReason)
        : end.LostLength is { } lost ? new WalRepair(path, lost.Offset, 0, "a record's length was lost")
        : null;

    /// <remarks>
    /// Cut and grown again, whether torn or not: sectors of a batch that was lost may lie anywhere behind the end, and to
    /// look for them would mean to read all of the room. A cut is all or nothing, while zeros written over a torn record
    /// could tear in their turn and leave what looks like a damaged one.
    /// </remarks>
    /// <returns>Up to where the segment has its room.</returns>
    public static long Apply(IDiskFile file, in LogEnd end, long segmentBytes)
    {
        if (end.LostLength is { } lost)
        {
            Span<byte> length = stackalloc byte[RecordFrame.LengthBytes];
            BinaryPrimitives.WriteUInt64LittleEndian(length, lost.Length);
            file.WriteAt(lost.Offset, length);
            file.Flush();
        }

        if (file.Length > end.Offset)
        {
            file.SetLength(end.Offset);
        }

        WriteAgain(file, Math.Min(end.Offset, file.Length));
        long reserved = Reserve(file, end.Offset, Math.Max(segmentBytes, end.Offset));
        file.Flush();
        return reserved;
    }

    /// <summary>On a full disk the log begins with as much of its room as there is, perhaps none.</summary>
    private static long Reserve(IDiskFile file, long end, long length)
    {
        for (long room = length - end; room > 0; room /= 2)
        {
            try
            {
                file.Preallocate(end + room);
                return end + room;
            }
            catch (IOException full) when (DiskErrors.IsDiskFull(full))
            {
            }
        }

        return end;
    }

    /// <summary>
    /// Where a flush has failed and ended the process before, the system may still show the bytes, take them for written and leave
    /// them out of every later flush: a power failure would then tear a hole into what is acknowledged from now on. Earlier segments
    /// were flushed before the next one got its name.
    /// </summary>
    private static void WriteAgain(IDiskFile file, long length)
    {
        byte[] chunk = new byte[(int)Math.Min(ChunkBytes, length)];
        for (long at = 0; at < length;)
        {
            int read = file.ReadAt(at, chunk.AsSpan(0, (int)Math.Min(chunk.Length, length - at)));
            file.WriteAt(at, chunk.AsSpan(0, read));
            at += read > 0 ? read : throw new IOException($"{file.Path} ends at {at} while it is read");
        }
    }
}
