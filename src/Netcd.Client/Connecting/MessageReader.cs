namespace Netcd.Client.Connecting;

/// <summary>
/// Reads the fields of a message in the wire format of Protocol Buffers, without an object for any of them: for the messages of which a
/// client gets most.
/// </summary>
internal ref struct MessageReader(ReadOnlySpan<byte> message)
{
    private const int FieldShift = 3;
    private const int WireTypes = 7;

    /// <summary>The bit that says that another byte follows.</summary>
    private const int More = 0x80;

    private ReadOnlySpan<byte> rest = message;
    private WireType type;

    private enum WireType
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }

    /// <summary>How many bytes are left.</summary>
    public readonly int Left => rest.Length;

    /// <summary>The number of the next field; 0 at the end.</summary>
    /// <exception cref="InvalidDataException">It is no such message.</exception>
    public int Next()
    {
        if (rest.IsEmpty)
        {
            return 0;
        }

        ulong tag = Varint();
        type = (WireType)(tag & WireTypes);
        return tag >> FieldShift is > 0 and <= int.MaxValue and var number ? (int)number : throw Malformed();
    }

    /// <summary>The field as a number.</summary>
    public long Number() => (long)Unsigned();

    /// <summary>The field as a number without a sign.</summary>
    public ulong Unsigned() => type == WireType.Varint ? Varint() : throw Malformed();

    /// <summary>The field as bytes, or as a message in this one.</summary>
    public ReadOnlySpan<byte> Bytes() => type == WireType.Bytes ? Take(Varint()) : throw Malformed();

    /// <summary>Leaves the field out: one of a later version.</summary>
    public void Skip()
    {
        switch (type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Bytes:
                Bytes();
                break;
            case WireType.Fixed64:
                Take(sizeof(ulong));
                break;
            case WireType.Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw Malformed();
        }
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)rest.Length)
        {
            throw Malformed();
        }

        ReadOnlySpan<byte> taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    /// <summary>Most numbers, and all tags of ours, are of one byte.</summary>
    private ulong Varint()
    {
        if (!rest.IsEmpty && rest[0] < More)
        {
            ulong value = rest[0];
            rest = rest[1..];
            return value;
        }

        return LongVarint();
    }

    private ulong LongVarint()
    {
        const int ValueBits = 7;
        ulong value = 0;
        for (int n = 0; n < rest.Length && n * ValueBits < sizeof(ulong) * 8; n++)
        {
            value |= (ulong)(rest[n] & ~More) << (n * ValueBits);
            if (rest[n] < More)
            {
                rest = rest[(n + 1)..];
                return value;
            }
        }

        throw Malformed();
    }

    private static InvalidDataException Malformed() => new("the server sent a message that cannot be read");
}
