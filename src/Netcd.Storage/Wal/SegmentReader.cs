using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Wal;

/// <summary>
/// Reads the records of one segment and decides at the first thing that is not one whether it is the end, a torn tail, or
/// corruption.
/// </summary>
/// <remarks>
/// A crash loses sectors of what was written since the last flush: they read as zeros (segments are preallocated) or lie
/// behind the end of the file; what is not lost is intact. So a record is torn only where the bytes that are certainly
/// there are the true beginning of it. They must read as one and agree with its frame's length; otherwise a length has
/// been damaged, and cutting the log there would drop acknowledged records. Only the last segment can be torn: the
/// others were flushed whole before their successor appeared.
/// </remarks>
internal sealed class SegmentReader(IDiskFile file, string path, bool isLast)
{
    private readonly SegmentWindow window = new(file);

    /// <summary>The end of the last whole record.</summary>
    public long Offset { get; private set; }

    /// <summary>How the last record is torn; null where it is not.</summary>
    public string? TornReason { get; private set; }

    /// <summary>The bytes of that record and of what may follow it.</summary>
    public long TornBytes { get; private set; }

    /// <summary>A frame whose length was lost with the sector that it ended, while its record is there: to be written again.</summary>
    public (long Offset, ulong Length)? LostLength { get; private set; }

    private long NextSector => ((Offset / RecordFrame.SectorBytes) + 1) * RecordFrame.SectorBytes;

    /// <summary>Reads the next record; false at the segment's end.</summary>
    /// <param name="sum">The sum over the data of all records before; null where none is known yet. Carried on.</param>
    /// <param name="type">The record's type.</param>
    /// <param name="data">Its data, valid until the next call.</param>
    /// <exception cref="WalCorruptException">What is there was not left by a crash.</exception>
    public bool TryRead(ref uint? sum, out RecordType type, out ReadOnlySpan<byte> data)
    {
        type = default;
        data = default;
        ReadOnlySpan<byte> lengthField = window.Read(Offset, RecordFrame.LengthBytes);
        ulong field = lengthField.Length == RecordFrame.LengthBytes ? BinaryPrimitives.ReadUInt64LittleEndian(lengthField) : 0;
        if (field == 0)
        {
            return !IsEnd(lengthField.Length, sum, out field) && TryRecord(field, ref sum, out type, out data);
        }

        if (TryRecord(field, ref sum, out type, out data) || TryHalfRestored(field, ref sum, out type, out data))
        {
            return true;
        }

        End(ReasonTorn(field, out long contentEnd), contentEnd);
        return false;
    }

    private bool TryRecord(ulong field, ref uint? sum, out RecordType type, out ReadOnlySpan<byte> data)
    {
        type = default;
        data = default;
        long recordAt = Offset + RecordFrame.LengthBytes;
        if (!RecordFrame.TryDecode(field, out long bytes) || bytes > window.Length - recordAt)
        {
            return false;
        }

        ReadOnlySpan<byte> record = window.Read(recordAt, bytes);
        RecordHead head = RecordHead.Read(record, bytes);
        if (head.State != RecordHeadState.Whole || head.RecordBytes != bytes)
        {
            return false;
        }

        data = record[head.DataOffset..];
        uint after = head.Type == RecordType.Sum ? head.Sum : Crc32C.Append(sum ?? 0, data);
        if (after != head.Sum)
        {
            return false;
        }

        if (head.Type == RecordType.Sum && (!data.IsEmpty || (sum is uint before && before != head.Sum)))
        {
            throw Corrupt("the chain of sums breaks: records before it are missing or not its own");
        }

        if (sum is null && head.Type != RecordType.Sum)
        {
            throw Corrupt("a segment begins without a sum");
        }

        sum = head.Sum;
        type = head.Type;
        Offset = recordAt + bytes + RecordFrame.Padding(bytes);
        return true;
    }

    // No length: the room behind the last record, or a sector that was lost. Nothing else may lie in the same sector.
    private bool IsEnd(int bytesThere, uint? sum, out ulong restored)
    {
        restored = 0;
        if (!isLast && !window.IsZero(Offset, window.Length))
        {
            throw Corrupt("the records end, but not the segment's content");
        }

        if (bytesThere < RecordFrame.LengthBytes)
        {
            if (!window.IsZero(Offset, window.Length))
            {
                End("the file ends within a record's length", window.Length);
            }

            return true;
        }

        if (!window.IsZero(Offset, NextSector))
        {
            throw Corrupt("a record's length is zero, and its sector holds more");
        }

        // The length was the last thing in its sector: the record may be whole, and then nothing needs to be given up.
        if (Offset + RecordFrame.LengthBytes == NextSector && LostLength is null && TryRestore(sum, out restored))
        {
            LostLength = (Offset, restored);
            return false;
        }

        return true;
    }

    // A length that was lost is written once more by the repair, and that write too can be torn.
    private bool TryHalfRestored(ulong field, ref uint? sum, out RecordType type, out ReadOnlySpan<byte> data)
    {
        type = default;
        data = default;
        if (!isLast || LostLength is not null || Offset + RecordFrame.LengthBytes != NextSector || !TryRestore(sum, out ulong whole)
            || !IsBeginning(field, whole))
        {
            return false;
        }

        LostLength = (Offset, whole);
        return TryRecord(whole, ref sum, out type, out data);
    }

    private static bool IsBeginning(ulong field, ulong whole)
    {
        int written = (BitOperations.Log2(field) / 8) + 1;
        return written < RecordFrame.LengthBytes && field == (whole & ((1UL << (8 * written)) - 1));
    }

    private bool TryRestore(uint? sum, out ulong field)
    {
        field = 0;
        long recordAt = Offset + RecordFrame.LengthBytes;
        RecordHead head = RecordHead.Read(window.Read(recordAt, RecordFrame.MaxHeadBytes), long.MaxValue);
        if (head.State != RecordHeadState.Whole || head.Type == RecordType.Sum || sum is null
            || head.RecordBytes > window.Length - recordAt)
        {
            return false;
        }

        ReadOnlySpan<byte> record = window.Read(recordAt, head.RecordBytes);
        field = RecordFrame.Encode((int)head.RecordBytes);
        return Crc32C.Append(sum.Value, record[head.DataOffset..]) == head.Sum;
    }

    // The frame has a length but no whole record. Torn, if what is certainly there is the beginning of that record.
    private string ReasonTorn(ulong field, out long contentEnd)
    {
        if (!isLast)
        {
            throw Corrupt("a record is damaged (its sum does not match, or it ends behind the segment)");
        }

        long recordAt = Offset + RecordFrame.LengthBytes;
        bool lengthIsSound = RecordFrame.TryDecode(field, out long bytes);
        contentEnd = window.EndOfContent(Offset);
        long genuineEnd = contentEnd;
        long recordEnd = bytes < window.Length - recordAt ? recordAt + bytes : window.Length;
        genuineEnd = Math.Min(genuineEnd, FirstLostSector(recordEnd));
        int there = (int)Math.Max(0, Math.Min(genuineEnd - recordAt, RecordFrame.MaxHeadBytes));
        RecordHead head = RecordHead.Read(window.Read(recordAt, there), bytes);
        bool isTorn = head.State switch
        {
            RecordHeadState.CutShort => true,
            RecordHeadState.Whole => lengthIsSound && head.RecordBytes == bytes && genuineEnd < recordAt + bytes,
            _ => false,
        };
        return isTorn
            ? string.Create(CultureInfo.InvariantCulture, $"a record of {bytes} bytes ends after {Math.Max(0, genuineEnd - recordAt)}")
            : throw Corrupt("a record is damaged, and not by a crash: its sum does not match and no part of it is missing");
    }

    // The sector in which the record begins is there, or its length would be zero.
    private long FirstLostSector(long end)
    {
        for (long at = NextSector; at < end; at += RecordFrame.SectorBytes)
        {
            if (window.IsZero(at, at + RecordFrame.SectorBytes))
            {
                return at;
            }
        }

        return long.MaxValue;
    }

    private void End(string tornReason, long contentEnd)
    {
        TornReason = tornReason;
        TornBytes = contentEnd - Offset;
    }

    private WalCorruptException Corrupt(string reason) => new(path, Offset, reason);
}
