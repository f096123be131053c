namespace Netcd.Storage.Wal;

/// <summary>How far the beginning of a record could be read.</summary>
internal enum RecordHeadState
{
    /// <summary>To the end: the length that the record declares of itself is known.</summary>
    Whole,

    /// <summary>The bytes ended while all was well.</summary>
    CutShort,

    /// <summary>No record begins like that.</summary>
    Invalid,
}

/// <summary>
/// The beginning of a walpb.Record: type, sum, and the length of its data. It gives the record's length a second time,
/// which is how a damaged frame length is known from a torn record.
/// </summary>
internal readonly record struct RecordHead(RecordHeadState State, RecordType Type, uint Sum, int DataOffset, long RecordBytes)
{
    /// <summary>Reads a head.</summary>
    /// <param name="bytes">The record's bytes, as many as there are.</param>
    /// <param name="recordBytes">The length that its frame gives, by which a record that has no data is known.</param>
    public static RecordHead Read(ReadOnlySpan<byte> bytes, long recordBytes)
    {
        if (bytes.IsEmpty)
        {
            return new RecordHead { State = RecordHeadState.CutShort };
        }

        if (bytes[0] != ProtoWire.VarintKey(1))
        {
            return new RecordHead { State = RecordHeadState.Invalid };
        }

        if (bytes.Length == 1)
        {
            return new RecordHead { State = RecordHeadState.CutShort };
        }

        RecordType type = (RecordType)bytes[1];
        if (type is < RecordType.Metadata or > RecordType.Marker)
        {
            return new RecordHead { State = RecordHeadState.Invalid };
        }

        RecordHeadState sumState = ReadVarint(bytes[2..], ProtoWire.VarintKey(2), out ulong sum, out int sumBytes);
        if (sumState != RecordHeadState.Whole || sum > uint.MaxValue)
        {
            return new RecordHead { State = sumState == RecordHeadState.CutShort ? sumState : RecordHeadState.Invalid };
        }

        int at = 2 + sumBytes;
        if (at == recordBytes)
        {
            return new RecordHead(RecordHeadState.Whole, type, (uint)sum, at, at);
        }

        RecordHeadState lengthState = ReadVarint(bytes[at..], ProtoWire.BytesKey(3), out ulong dataBytes, out int lengthBytes);
        if (lengthState != RecordHeadState.Whole || dataBytes > int.MaxValue)
        {
            return new RecordHead { State = lengthState == RecordHeadState.CutShort ? lengthState : RecordHeadState.Invalid };
        }

        at += lengthBytes;
        return new RecordHead(RecordHeadState.Whole, type, (uint)sum, at, at + (long)dataBytes);
    }

    private static RecordHeadState ReadVarint(ReadOnlySpan<byte> bytes, byte key, out ulong value, out int taken)
    {
        value = 0;
        taken = 0;
        if (bytes.IsEmpty)
        {
            return RecordHeadState.CutShort;
        }

        if (bytes[0] != key)
        {
            return RecordHeadState.Invalid;
        }

        if (Varint.TryRead(bytes[1..], out value, out int length))
        {
            taken = 1 + length;
            return RecordHeadState.Whole;
        }

        return length == bytes.Length - 1 ? RecordHeadState.CutShort : RecordHeadState.Invalid;
    }
}
