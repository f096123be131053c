using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Netcd.Server.Hosting;

/// <summary>
/// What is sent to a client over HTTP/2: its frames are counted, and it ends with a GOAWAY frame where the client has broken a rule. The
/// HTTP server flushes whole frames, so that another one may follow a flush's.
/// </summary>
/// <remarks>Hot path: a few nanoseconds for each piece that is written.</remarks>
internal sealed class Http2Output(PipeWriter inner) : PipeWriter
{
    private const byte Headers = 1;
    private const byte GoAway = 7;
    private const int HeadBytes = 9;
    private const int SwallowedBytes = 4_096;
    private const int EnhanceYourCalm = 11;

    private readonly byte[] head = new byte[HeadBytes];
    private Memory<byte> handed;
    private int headBytes;
    private int rest;
    private long callFrames;
    private volatile Action? onEnded;
    private volatile int lastStream = -1;
    private volatile bool isEnded;

    /// <summary>The frames of calls that were written: headers and data.</summary>
    public long CallFrames => Volatile.Read(ref callFrames);

    /// <summary>Whether the last frame was sent; nothing is sent any more.</summary>
    public bool IsEnded => isEnded;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    /// <inheritdoc/>
    public override long UnflushedBytes => isEnded ? 0 : inner.UnflushedBytes;

    /// <summary>Ends what is sent with the next flush, which the answer to the ping makes.</summary>
    /// <param name="stream">The newest stream that the client has opened.</param>
    /// <param name="ended">Called when the last frame was handed over.</param>
    public void EndByTooManyPings(int stream, Action ended)
    {
        onEnded = ended;
        lastStream = stream;
    }

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (!isEnded)
        {
            Follow(handed.Span[..bytes]);
            handed = handed[bytes..];
            inner.Advance(bytes);
        }
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        handed = isEnded ? new byte[Math.Max(sizeHint, SwallowedBytes)] : inner.GetMemory(sizeHint);

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (isEnded)
        {
            return ValueTask.FromResult(new FlushResult(isCanceled: false, isCompleted: true));
        }

        return lastStream < 0 ? inner.FlushAsync(cancellationToken) : EndAsync();
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    /// <summary>Follows the frames (RFC 9113, section 4.1) in pieces of any size.</summary>
    private void Follow(ReadOnlySpan<byte> written)
    {
        while (!written.IsEmpty)
        {
            if (rest > 0)
            {
                int skipped = Math.Min(rest, written.Length);
                rest -= skipped;
                written = written[skipped..];
                continue;
            }

            int taken = Math.Min(HeadBytes - headBytes, written.Length);
            written[..taken].CopyTo(head.AsSpan(headBytes));
            headBytes += taken;
            written = written[taken..];
            if (headBytes == HeadBytes)
            {
                headBytes = 0;
                rest = (head[0] << 16) | (head[1] << 8) | head[2];
                Volatile.Write(ref callFrames, callFrames + (head[3] <= Headers ? 1 : 0));
            }
        }
    }

    private async ValueTask<FlushResult> EndAsync()
    {
        WriteGoAway("too_many_pings"u8);
        isEnded = true;
        await inner.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        await inner.CompleteAsync().ConfigureAwait(false);
        onEnded!();
        return new FlushResult(isCanceled: false, isCompleted: true);
    }

    private void WriteGoAway(ReadOnlySpan<byte> reason)
    {
        int length = sizeof(int) + sizeof(int) + reason.Length;
        Span<byte> frame = inner.GetSpan(HeadBytes + length)[..(HeadBytes + length)];
        frame.Clear();
        frame[2] = (byte)length;
        frame[3] = GoAway;
        BinaryPrimitives.WriteInt32BigEndian(frame[HeadBytes..], lastStream);
        BinaryPrimitives.WriteInt32BigEndian(frame[(HeadBytes + sizeof(int))..], EnhanceYourCalm);
        reason.CopyTo(frame[(HeadBytes + sizeof(int) + sizeof(int))..]);
        inner.Advance(frame.Length);
    }
}
