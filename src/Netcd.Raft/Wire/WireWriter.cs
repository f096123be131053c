using System.Numerics;

namespace Netcd.Raft.Wire;

/// <summary>Writes protobuf fields front to back into a span that is known to be large enough. All tags here fit one byte.</summary>
internal ref struct WireWriter(Span<byte> target)
{
    private readonly Span<byte> target = target;

    public int Position { get; private set; }

    public static int VarintSize(ulong value) => (63 - BitOperations.LeadingZeroCount(value | 1)) / 7 + 1;

    /// <summary>The size of a varint field with its tag.</summary>
    public static int FieldSize(ulong value) => 1 + VarintSize(value);

    /// <summary>The size of a length-delimited field with its tag.</summary>
    public static int BytesFieldSize(int length) => 1 + VarintSize((ulong)length) + length;

    public void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            target[Position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[Position++] = (byte)value;
    }

    public void Field(int field, ulong value)
    {
        target[Position++] = (byte)(field << 3);
        Varint(value);
    }

    /// <summary>The tag and the length of a length-delimited field; its content follows.</summary>
    public void Header(int field, int length)
    {
        target[Position++] = (byte)((field << 3) | 2);
        Varint((ulong)length);
    }

    public void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Header(field, bytes.Length);
        bytes.CopyTo(target[Position..]);
        Position += bytes.Length;
    }
}
