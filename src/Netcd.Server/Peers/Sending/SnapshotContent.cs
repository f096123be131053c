using System.Net;
using Netcd.Engine.Peers;
using Netcd.Raft;
using Netcd.Server.Peers.Streams;

namespace Netcd.Server.Peers.Sending;

/// <summary>The body of a snapshot: the message with its length, then the image. The image is copied on a thread of its own, as it
/// blocks.</summary>
internal sealed class SnapshotContent : HttpContent
{
    private readonly byte[] head;
    private readonly ISnapshotImage image;
    private readonly Action<int> progress;

    public SnapshotContent(Message message, ISnapshotImage image, Action<int> progress)
    {
        MessageFrameEncoder encoder = new();
        head = new byte[encoder.SizeOf(message)];
        encoder.Write(message, head);
        this.image = image;
        this.progress = progress;
        Headers.ContentType = new("application/octet-stream");
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(head).ConfigureAwait(false);
        await Task.Factory.StartNew(
            () => image.CopyTo(new ProgressStream(stream, progress)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = head.Length + image.SizeBytes;
        return true;
    }

    /// <summary>Passes writes on and reports each.</summary>
    private sealed class ProgressStream(Stream target, Action<int> progress) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            target.Write(buffer);
            progress(buffer.Length);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => target.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
