using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using Netcd.Raft;

namespace Netcd.Server.Peers.Streams;

/// <summary>What became of a message that was handed to a connection.</summary>
internal enum SendOutcome
{
    /// <summary>It waits to be sent.</summary>
    Taken,

    /// <summary>The queue is full.</summary>
    Full,

    /// <summary>The connection is closed.</summary>
    Closed,
}

/// <summary>
/// The sending end of a stream, for as long as the peer keeps it open. Messages wait in a bounded queue; one task takes all that
/// wait, encodes them into one pooled buffer and writes that at once.
/// </summary>
/// <remarks>Hot path: every log entry of a follower goes through here. No allocation per message.</remarks>
internal sealed class OutgoingStream
{
    private readonly Channel<Message> queue = Channel.CreateBounded<Message>(
        new BoundedChannelOptions(PeerLimits.StreamQueueMessages) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly FrameEncoder encoder;
    private readonly PeerMetrics traffic;
    private readonly PeerTransportOptions options;
    private readonly Action abort;
    private byte[] buffer = [];
    private int used;
    private bool isClosed;
    private long writeStarted;
    private long lastWrite = PeerContext.NowMilliseconds;

    /// <param name="kind">Which stream it is.</param>
    /// <param name="traffic">Where bytes are counted.</param>
    /// <param name="options">How long things may take.</param>
    /// <param name="abort">Breaks the connection at once.</param>
    public OutgoingStream(StreamKind kind, PeerMetrics traffic, PeerTransportOptions options, Action abort)
    {
        encoder = FrameEncoder.For(kind);
        this.traffic = traffic;
        this.options = options;
        this.abort = abort;
    }

    /// <summary>Puts a message into the queue.</summary>
    public SendOutcome Send(Message message)
    {
        if (queue.Writer.TryWrite(message))
        {
            return SendOutcome.Taken;
        }

        return Volatile.Read(ref isClosed) ? SendOutcome.Closed : SendOutcome.Full;
    }

    /// <summary>Writes what is sent until the peer goes, a write fails or the stream is closed.</summary>
    /// <returns>Why it ended, null when it was closed from this side; and whether messages were lost.</returns>
    public async Task<(string? Reason, bool HasLost)> RunAsync(PipeWriter target, CancellationToken gone)
    {
        string? reason = null;
        try
        {
            while (await queue.Reader.WaitToReadAsync(gone).ConfigureAwait(false))
            {
                await WriteBatchAsync(target, gone).ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            // Whatever it was: the stream is closed and reported as lost, and the peer opens another.
            reason = Volatile.Read(ref isClosed)
                ? null
                : failure is OperationCanceledException ? "the connection is closed" : failure.Message;
        }

        bool isUnwritten = used > 0;
        Interlocked.Exchange(ref writeStarted, 0);
        Close();
        ReturnBuffer();
        return (reason, Drain() || isUnwritten);
    }

    /// <summary>Sends a heartbeat when the stream was idle, and breaks it when a write takes too long; called every so often.</summary>
    public void Tick(long nowMilliseconds)
    {
        long started = Interlocked.Read(ref writeStarted);
        if (started != 0)
        {
            if (nowMilliseconds - started >= options.WriteTimeout.TotalMilliseconds)
            {
                abort();
            }
        }
        else if (nowMilliseconds - Interlocked.Read(ref lastWrite) >= options.HeartbeatInterval.TotalMilliseconds)
        {
            queue.Writer.TryWrite(LinkHeartbeat.Message);
        }
    }

    /// <summary>Ends it, from any thread. What waits is lost; a write that is under way is broken off.</summary>
    public void Close()
    {
        Volatile.Write(ref isClosed, true);
        queue.Writer.TryComplete();
        if (Interlocked.Read(ref writeStarted) != 0)
        {
            abort();
        }
    }

    private async ValueTask WriteBatchAsync(PipeWriter target, CancellationToken cancellation)
    {
        buffer = ArrayPool<byte>.Shared.Rent(PeerLimits.BatchBytes);
        while (used < PeerLimits.BatchBytes && queue.Reader.TryRead(out Message? message))
        {
            int size = encoder.SizeOf(message);
            Reserve(size);
            used += encoder.Write(message, buffer.AsSpan(used, size));
        }

        // Set before looking: Close sets and looks the other way round, so that one of the two sees the other.
        Interlocked.Exchange(ref writeStarted, PeerContext.NowMilliseconds);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref isClosed), this);
        FlushResult result = await target.WriteAsync(buffer.AsMemory(0, used), cancellation).ConfigureAwait(false);
        if (result.IsCompleted)
        {
            throw new IOException("the peer reads no more");
        }

        Interlocked.Exchange(ref lastWrite, PeerContext.NowMilliseconds);
        Interlocked.Exchange(ref writeStarted, 0);
        traffic.SentBytes.Add(used);
        ReturnBuffer();
    }

    private void Reserve(int size)
    {
        if (buffer.Length - used >= size)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(used + size);
        buffer.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private void ReturnBuffer()
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        (buffer, used) = ([], 0);
    }

    private bool Drain()
    {
        bool hasAny = false;
        while (queue.Reader.TryRead(out Message? message))
        {
            hasAny |= !LinkHeartbeat.Is(message);
        }

        return hasAny;
    }
}
