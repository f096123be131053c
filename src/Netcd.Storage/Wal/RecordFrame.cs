using System.Buffers.Binary;

namespace Netcd.Storage.Wal;

/// <summary>
/// The frame of a record: 8 bytes little-endian whose low 56 bits are the record's length and whose top byte is, where
/// padding follows, 0x80 with the padding's length; then the record (walpb.Record) and zeros up to a multiple of 8.
/// </summary>
internal static class RecordFrame
{
    public const int LengthBytes = 8;

    /// <summary>The longest that a record is before its data: type, sum, and the data's length.</summary>
    public const int MaxHeadBytes = 2 + 6 + 1 + Varint.MaxBytes;

    public const int SectorBytes = 512;

    private const ulong LengthMask = (1UL << 56) - 1;

    public static int Padding(long recordBytes) => (int)(-recordBytes & 7);

    public static ulong Encode(int recordBytes)
    {
        int padding = Padding(recordBytes);
        return (uint)recordBytes | (padding == 0 ? 0 : (ulong)(0x80 | padding) << 56);
    }

    /// <summary>The record's length from the frame's; false where the top byte is not the one that this length has.</summary>
    public static bool TryDecode(ulong field, out long recordBytes)
    {
        recordBytes = (long)(field & LengthMask);
        int padding = Padding(recordBytes);
        return field >> 56 == (padding == 0 ? 0UL : 0x80UL | (uint)padding);
    }

    /// <summary>Writes the frame's length and the record up to its data; returns the bytes taken.</summary>
    public static int WriteHead(Span<byte> target, RecordType type, uint sum, int dataBytes)
    {
        Span<byte> record = target[LengthBytes..];
        int at = ProtoWire.WriteField(record, 1, (ulong)type);
        at += ProtoWire.WriteField(record[at..], 2, sum);
        if (dataBytes > 0)
        {
            at += ProtoWire.WriteBytesHead(record[at..], 3, dataBytes);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(target, Encode(checked(at + dataBytes)));
        return LengthBytes + at;
    }
}
