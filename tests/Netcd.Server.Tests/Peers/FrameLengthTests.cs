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
    private const int EntryAt = HeadBytes + sizeof(ulong);
    private const byte DataTag = (4 << 3) | 2;
    private const int DataHeadBytes = 5;

    [Theory]
    [InlineData(1UL << 31)] // below zero as a size
    [InlineData(1UL << 63)] // zero as a size
    public void M11_a_length_behind_a_frame_that_is_full_is_refused_and_does_not_wrap(ulong length)
    {
        byte[] bytes = new byte[PeerLimits.MessageBytes + 64];
        bytes[0] = EntriesFrame;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(1), 2);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(HeadBytes), PeerLimits.MessageBytes - EntryAt);

        // A proper entry: what is refused is the length behind it.
        bytes[EntryAt] = DataTag;
        int data = PeerLimits.MessageBytes - EntryAt - DataHeadBytes;
        for (int i = 0; i < DataHeadBytes - 1; i++)
        {
            bytes[EntryAt + 1 + i] = (byte)((data >> (7 * i) & 0x7f) | (i < DataHeadBytes - 2 ? 0x80 : 0));
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(PeerLimits.MessageBytes), length);
        FrameDecoder decoder = FrameDecoder.For(StreamKind.Append, local: 1, remote: 2);
        MalformedMessageException refusal = Assert.Throws<MalformedMessageException>(() => decoder.TryDecode(bytes, out _));
        Assert.StartsWith($"a frame of {length} bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void M9_a_frame_of_too_many_entries_is_refused_at_its_count()
    {
        byte[] bytes = new byte[HeadBytes];
        bytes[0] = EntriesFrame;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(1), RaftWire.MaxEntries + 1);
        FrameDecoder decoder = FrameDecoder.For(StreamKind.Append, local: 1, remote: 2);
        Assert.Throws<MalformedMessageException>(() => decoder.TryDecode(bytes, out _));
    }
}
