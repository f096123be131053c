using System.Buffers.Binary;
using Microsoft.AspNetCore.Http;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Server.Peers.Serving;

/// <summary>The body of a snapshot: after the message is read, what is left as a stream is the image. Gives up a sender that is too
/// slow.</summary>
internal sealed class SnapshotBody(HttpContext http) : Stream
{
    private readonly CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);

    private readonly MinRate rate = new(PeerLimits.MinSnapshotBytes, PeerLimits.SnapshotStall, TimeProvider.System);

    /// <summary>Bytes of the image that were read.</summary>
    public long ImageBytes { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads the message, whose memory grows as it comes in.</summary>
    /// <exception cref="MalformedMessageException">It is none, or too long.</exception>
    public async Task<Message> ReadMessageAsync()
    {
        byte[] bytes = new byte[sizeof(ulong)];
        await FillAsync(bytes).ConfigureAwait(false);
        ulong length = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        if (length > PeerLimits.SnapshotMessageBytes)
        {
            throw new MalformedMessageException("error limit exceeded");
        }

        bytes = [];
        while (bytes.Length < (int)length)
        {
            int done = bytes.Length;
            Array.Resize(ref bytes, (int)Math.Min(length, (ulong)Math.Max(PeerLimits.ReadChunkBytes, 2 * done)));
            await FillAsync(bytes.AsMemory(done)).ConfigureAwait(false);
        }

        return RaftWire.DecodeMessage(bytes);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await rate.ReadAsync(http.Request.Body, buffer, late).ConfigureAwait(false);
        ImageBytes += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        late.Dispose();
        base.Dispose(disposing);
    }

    private async Task FillAsync(Memory<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int read = await rate.ReadAsync(http.Request.Body, buffer, late).ConfigureAwait(false);
            buffer = read > 0 ? buffer[read..] : throw new EndOfStreamException("the snapshot ends within its message");
        }
    }
}
