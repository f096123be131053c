namespace Netcd.Storage.Wal;

/// <summary>The few parts of protobuf's wire format that the log and the snapshot files are made of.</summary>
internal static class ProtoWire
{
    /// <summary>The key byte of a varint field numbered below 16.</summary>
    public static byte VarintKey(int field) => (byte)(field << 3);

    /// <summary>The key byte of a length-delimited field numbered below 16.</summary>
    public static byte BytesKey(int field) => (byte)((field << 3) | 2);

    /// <summary>Writes a varint field and returns the bytes taken.</summary>
    public static int WriteField(Span<byte> target, int field, ulong value)
    {
        target[0] = VarintKey(field);
        return 1 + Varint.Write(target[1..], value);
    }

    /// <summary>Writes the key and the length of a length-delimited field and returns the bytes taken.</summary>
    public static int WriteBytesHead(Span<byte> target, int field, int length)
    {
        target[0] = BytesKey(field);
        return 1 + Varint.Write(target[1..], (ulong)length);
    }
}
