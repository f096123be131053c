namespace Netcd.Storage.Wal;

/// <summary>
/// Walks the fields of one protobuf message in place. Only what our formats hold is accepted: varints and length-delimited
/// fields with numbers from 1 to 15; anything else ends the walk with <see cref="IsMalformed"/> set.
/// </summary>
internal ref struct ProtoFields(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> message = message;
    private int at;

    /// <summary>The number of the field that <see cref="MoveNext"/> stopped at.</summary>
    public int Field { get; private set; }

    /// <summary>Whether that field holds bytes; otherwise it holds a varint.</summary>
    public bool HoldsBytes { get; private set; }

    /// <summary>Its varint.</summary>
    public ulong Value { get; private set; }

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Whether the walk ended at something that is not a field.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Goes to the next field; false at the end or at something malformed.</summary>
    public bool MoveNext()
    {
        if (at == message.Length)
        {
            return false;
        }

        byte key = message[at];
        Field = key >> 3;
        HoldsBytes = (key & 7) == 2;
        if (key >= 0x80 || Field == 0 || (key & 7) is not (0 or 2)
            || !Varint.TryRead(message[(at + 1)..], out ulong value, out int taken))
        {
            IsMalformed = true;
            return false;
        }

        at += 1 + taken;
        Value = value;
        if (HoldsBytes)
        {
            if (value > (ulong)(message.Length - at))
            {
                IsMalformed = true;
                return false;
            }

            Bytes = message.Slice(at, (int)value);
            at += (int)value;
        }

        return true;
    }
}
