using System.Buffers.Binary;
using Netcd.Raft.Wire;
using Netcd.Server.Peers;
using Netcd.Server.Peers.Streams;

namespace Netcd.Server.Tests.Peers;

/// <summary>Lengths and counts of a peer's stream that cannot be (findings M9, M11).</summary>
public sealed class FrameLengthTests
{
    private const byte EntriesFrame = 1;
    private const int HeadBytes = 1 + sizeof(ulong);

    [Fact]
    public void M11_a_length_behind_a_frame_that_is_full_is_refused_and_does_not_wrap()
    {
        byte[] bytes = new byte[PeerLimits.MessageBytes + 64];
        bytes[0] = EntriesFrame;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(1), 2);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(HeadBytes), PeerLimits.MessageBytes - HeadBytes - sizeof(ulong));
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(PeerLimits.MessageBytes), 1UL << 63);
        FrameDecoder decoder = FrameDecoder.For(StreamKind.Append, local: 1, remote: 2);
        Assert.Throws<MalformedMessageException>(() => decoder.TryDecode(bytes, out _));
    }

    [Fact]
    public void M9_a_frame_of_too_many_entries_is_refused_at_its_count()
    {
        byte[] bytes = new byte[HeadBytes];
        bytes[0] = EntriesFrame;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(1), RaftWire.MostEntries + 1);
        FrameDecoder decoder = FrameDecoder.For(StreamKind.Append, local: 1, remote: 2);
        Assert.Throws<MalformedMessageException>(() => decoder.TryDecode(bytes, out _));
    }
}
