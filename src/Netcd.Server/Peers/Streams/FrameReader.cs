using Netcd.Raft;

namespace Netcd.Server.Peers.Streams;

/// <summary>
/// Reads a stream into large pieces of memory and takes the frames out of them. Messages keep the piece that they lie in, which is
/// therefore not used again; a piece costs one allocation for all the messages in it.
/// </summary>
internal sealed class FrameReader(Stream source, FrameDecoder decoder)
{
    private byte[] chunk = new byte[PeerLimits.ReadChunkBytes];
    private int start;
    private int end;
    private bool isShared;

    /// <summary>Waits for more to come in.</summary>
    /// <returns>The bytes that came in, or 0 at the end of the stream.</returns>
    /// <exception cref="EndOfStreamException">The stream ends within a frame.</exception>
    public async ValueTask<int> FillAsync(CancellationToken cancellation)
    {
        MakeRoom();
        int read = await source.ReadAsync(chunk.AsMemory(end), cancellation).ConfigureAwait(false);
        if (read == 0 && start < end)
        {
            throw new EndOfStreamException("the stream ends within a message");
        }

        end += read;
        return read;
    }

    /// <summary>Takes the next message that is complete.</summary>
    /// <exception cref="Raft.Wire.MalformedMessageException">What came in is no frame.</exception>
    public bool TryRead(out Message message)
    {
        message = LinkHeartbeat.Message;
        if (end - start < decoder.NeededBytes)
        {
            return false;
        }

        int taken = decoder.TryDecode(chunk.AsMemory(start, end - start), out message);
        start += taken;
        isShared |= taken > 0 && (!message.Entries.IsEmpty || !message.Context.IsEmpty || message.Snapshot is not null);
        return taken > 0;
    }

    private void MakeRoom()
    {
        int pending = end - start;
        if (pending == 0 && !isShared)
        {
            (start, end) = (0, 0);
        }

        if (chunk.Length - end >= PeerLimits.SmallestReadBytes)
        {
            return;
        }

        // A frame larger than a chunk gets twice what has come of it, not what it claims.
        byte[] larger = new byte[Math.Max(PeerLimits.ReadChunkBytes, 2 * pending)];
        chunk.AsSpan(start, pending).CopyTo(larger);
        (chunk, start, end, isShared) = (larger, 0, pending, false);
    }
}
