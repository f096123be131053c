namespace Netcd.Raft.Wire;

/// <summary>Reads protobuf fields. Never reads beyond the bytes given; every fault is a <see cref="MalformedMessageException"/>.</summary>
internal struct WireReader(ReadOnlyMemory<byte> source)
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int BytesType = 2;
    private const int Fixed32Type = 5;

    private readonly ReadOnlyMemory<byte> source = source;
    private int position;
    private int wireType;

    /// <summary>The number of the field that <see cref="Next"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>Moves to the next field. False at the end.</summary>
    public bool Next()
    {
        if (position == source.Length)
        {
            return false;
        }

        ulong tag = ReadVarint();
        if (tag >> 3 is 0 or > int.MaxValue)
        {
            throw new MalformedMessageException($"field number {tag >> 3}");
        }

        Field = (int)(tag >> 3);
        wireType = (int)(tag & 7);
        return true;
    }

    public readonly bool IsPacked => wireType == BytesType;

    public ulong Varint()
    {
        Expect(VarintType);
        return ReadVarint();
    }

    /// <summary>The next number of a packed list. False at the end.</summary>
    public bool TryVarint(out ulong value)
    {
        value = 0;
        if (position == source.Length)
        {
            return false;
        }

        value = ReadVarint();
        return true;
    }

    public bool Boolean() => Varint() != 0;

    /// <summary>An enumeration's number: 32 bits, sign extended on the wire.</summary>
    public int Enumeration() => unchecked((int)Varint());

    /// <summary>The bytes of a length-delimited field: a view of the source, not a copy.</summary>
    public ReadOnlyMemory<byte> Bytes()
    {
        Expect(BytesType);
        return Take(ReadVarint());
    }

    public void Skip()
    {
        switch (wireType)
        {
            case VarintType:
                ReadVarint();
                break;
            case Fixed64Type:
                Take(8);
                break;
            case BytesType:
                Take(ReadVarint());
                break;
            case Fixed32Type:
                Take(4);
                break;
            default:
                throw new MalformedMessageException($"wire type {wireType} of field {Field}");
        }
    }

    private readonly void Expect(int wireType)
    {
        if (this.wireType != wireType)
        {
            throw new MalformedMessageException($"wire type {this.wireType} of field {Field}, expected {wireType}");
        }
    }

    private ReadOnlyMemory<byte> Take(ulong length)
    {
        if (length > (ulong)(source.Length - position))
        {
            throw new MalformedMessageException($"field {Field} runs past the end");
        }

        ReadOnlyMemory<byte> bytes = source.Slice(position, (int)length);
        position += (int)length;
        return bytes;
    }

    private ulong ReadVarint()
    {
        ReadOnlySpan<byte> span = source.Span;
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (position >= span.Length)
            {
                throw new MalformedMessageException("a varint runs past the end");
            }

            byte read = span[position++];
            value |= (ulong)(read & 0x7f) << shift;
            if (read < 0x80)
            {
                return value;
            }
        }

        throw new MalformedMessageException("a varint is longer than ten bytes");
    }
}
