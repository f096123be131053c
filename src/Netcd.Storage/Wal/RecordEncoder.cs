namespace Netcd.Storage.Wal;

/// <summary>
/// Encodes records into one reusable buffer and carries the sum chain on. Hot path: nothing is allocated per record, the
/// data is copied once. Budget: 150 ns for an entry of 256 bytes.
/// </summary>
internal sealed class RecordEncoder(uint sum, int bufferBytes)
{
    private byte[] buffer = new byte[bufferBytes];
    private int length;

    /// <summary>The sum over the data of all records so far.</summary>
    public uint Sum { get; private set; } = sum;

    /// <summary>The frames encoded since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Pending => buffer.AsSpan(0, length);

    /// <summary>Adds a record whose data is the two parts one after the other.</summary>
    public void Add(RecordType type, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        int dataBytes = checked(head.Length + tail.Length);
        Sum = Crc32C.Append(Crc32C.Append(Sum, head), tail);
        Span<byte> target = Reserve(checked(RecordFrame.LengthBytes + RecordFrame.MaxHeadBytes + dataBytes + 7));
        int at = RecordFrame.WriteHead(target, type, Sum, dataBytes);
        head.CopyTo(target[at..]);
        at += head.Length;
        tail.CopyTo(target[at..]);
        at += tail.Length;
        int padding = RecordFrame.Padding(at);
        target.Slice(at, padding).Clear();
        length += at + padding;
    }

    /// <summary>Forgets the frames; a buffer that one large batch has grown is given back.</summary>
    public void Clear()
    {
        length = 0;
        if (buffer.Length > bufferBytes)
        {
            buffer = new byte[bufferBytes];
        }
    }

    private Span<byte> Reserve(int bytes)
    {
        int needed = checked(length + bytes);
        if (needed > buffer.Length)
        {
            int doubled = (int)Math.Min(2L * buffer.Length, Array.MaxLength);
            Array.Resize(ref buffer, Math.Max(needed, doubled));
        }

        return buffer.AsSpan(length);
    }
}
