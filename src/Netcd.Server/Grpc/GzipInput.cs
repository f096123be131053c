namespace Netcd.Server.Grpc;

/// <summary>
/// Compressed bytes as a decompressor reads them. It takes more than it needs where it gets many at once, so near to the end it gets one
/// at a time: then where it stops is where the data ends.
/// </summary>
internal sealed class GzipInput(ReadOnlyMemory<byte> bytes) : Stream
{
    private const int MaxAtOnce = 4 * 1024;

    private int at;
    private int singlesFrom;
    private int lastAt;

    /// <summary>Whether more was asked for than there is.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Whether what was read is known to be what was needed.</summary>
    public bool IsExact => at - lastAt == 1;

    /// <summary>Where the last read began.</summary>
    public int LastRead => lastAt;

    /// <summary>What was not read.</summary>
    public ReadOnlySpan<byte> Rest => bytes.Span[at..];

    /// <summary>Goes to a place, and gives single bytes from another one on.</summary>
    public void Begin(int position, int singleBytesFrom) => (at, singlesFrom) = (position, singleBytesFrom);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => bytes.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => at;
        set => throw new NotSupportedException();
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(int count) => at += count;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int count = Math.Min(Math.Min(buffer.Length, bytes.Length - at), at < singlesFrom ? Math.Min(MaxAtOnce, singlesFrom - at) : 1);
        IsExhausted |= count == 0 && buffer.Length > 0;
        lastAt = at;
        bytes.Span.Slice(at, count).CopyTo(buffer);
        at += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
