using System.Buffers;
using Google.Protobuf;
using Netcd.Client.Watching;
using Netcd.Protocol.V3;

namespace Netcd.ClientTests.Watching;

/// <summary>The decoder of watches against the generated messages.</summary>
public sealed class WatchDecoderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_field_is_the_one_of_the_generated_message_in_one_piece_and_in_many(int seed)
    {
        Random random = new(seed);
        for (int n = 0; n < 500; n++)
        {
            WatchResponse response = Any(random);
            byte[] bytes = response.ToByteArray();
            AssertSame(response, Decode(bytes));
            AssertSame(response, WatchDecoder.Decode(Pieces.Of(bytes, random.Next(1, 8))));
        }
    }

    [Fact]
    public void Fields_of_later_versions_are_left_out()
    {
        byte[] bytes =
        [
            0xA0, 0x06, 0x96, 0x01, // 100: a varint
            0xA9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, // 101: eight bytes
            0xB5, 0x06, 1, 2, 3, 4, // 102: four bytes
            0xBA, 0x06, 0x02, 9, 9, // 103: a text
            .. new WatchResponse { WatchId = 7 }.ToByteArray(),
        ];
        Assert.Equal(7, Decode(bytes).WatchId);
    }

    [Fact]
    public void What_is_cut_off_or_damaged_is_refused_or_read_and_never_beyond_its_end()
    {
        Random random = new(3);
        byte[] whole = Any(random).ToByteArray();
        for (int n = 0; n < 5000; n++)
        {
            byte[] bytes = whole[..random.Next(whole.Length)];
            if (n % 2 == 0 && bytes.Length > 0)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            }

            Exception? refused = Record.Exception(() => Changes(Decode(bytes)));
            Assert.True(refused is null or InvalidDataException, refused?.ToString());
        }
    }

    private static void AssertSame(WatchResponse expected, WatchMessage message)
    {
        Assert.Equal(
            (expected.WatchId, expected.Created, expected.Canceled, expected.CompactRevision, expected.CancelReason, expected.Fragment),
            (message.WatchId, message.Created, message.Canceled, message.CompactRevision, message.CancelReason, message.Fragment));
        ResponseHeader header = expected.Header ?? new ResponseHeader();
        Assert.Equal(
            (header.ClusterId, header.MemberId, header.Revision, header.RaftTerm),
            (message.Header.ClusterId, message.Header.MemberId, message.Header.Revision, message.Header.RaftTerm));
        Assert.Equal(
            (expected.Events.Count, expected.Events.LastOrDefault()?.Kv.ModRevision),
            (message.Changes?.Count ?? 0, message.Changes?.LastRevision));
        Assert.Equal(
            expected.Events.Select(static change => (Text(change.Kv), Text(change.PrevKv), (int)change.Type)),
            Changes(message).Select(static change => (Text(change.KeyValue), Text(change.Previous), (int)change.Type)));
    }

    private static WatchMessage Decode(byte[] bytes) => WatchDecoder.Decode(new ReadOnlySequence<byte>(bytes));

    private static List<WatchEvent> Changes(WatchMessage message)
    {
        List<WatchEvent> changes = [];
        int position = 0;
        while (message.Changes?.Read(ref position) is { } change)
        {
            changes.Add(change);
        }

        return changes;
    }

    private static string Text(KeyValue? kv) => kv is null
        ? "none"
        : $"{kv.Key.ToBase64()} {kv.Value.ToBase64()} {kv.CreateRevision} {kv.ModRevision} {kv.Version} {kv.Lease}";

    private static string Text(Client.KeyValue? kv) => kv is null
        ? "none"
        : $"{Convert.ToBase64String(kv.Key.Span)} {Convert.ToBase64String(kv.Value.Span)} "
            + $"{kv.CreateRevision} {kv.ModRevision} {kv.Version} {kv.Lease}";

    private static WatchResponse Any(Random random)
    {
        WatchResponse response = new()
        {
            WatchId = Number(random),
            Created = random.Next(2) == 0,
            Canceled = random.Next(2) == 0,
            CompactRevision = Number(random),
            CancelReason = random.Next(2) == 0 ? "" : "wäre es möglich",
            Fragment = random.Next(2) == 0,
        };
        if (random.Next(4) > 0)
        {
            response.Header = new ResponseHeader
            {
                ClusterId = (ulong)Number(random),
                MemberId = ulong.MaxValue,
                Revision = Number(random),
                RaftTerm = 3,
            };
        }

        for (int n = random.Next(4); n > 0; n--)
        {
            response.Events.Add(new Event
            {
                Type = (Event.Types.EventType)random.Next(2),
                Kv = KeyValue(random),
                PrevKv = random.Next(2) == 0 ? null : KeyValue(random),
            });
        }

        return response;
    }

    private static KeyValue KeyValue(Random random) => new()
    {
        Key = Bytes(random),
        Value = Bytes(random),
        CreateRevision = Number(random),
        ModRevision = Number(random),
        Version = Number(random),
        Lease = Number(random),
    };

    private static ByteString Bytes(Random random)
    {
        byte[] bytes = new byte[random.Next(3) * random.Next(200)];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private static long Number(Random random) => random.Next(4) switch
    {
        0 => 0,
        1 => random.Next(200),
        2 => -1,
        _ => random.NextInt64(),
    };

    /// <summary>Bytes in pieces, as they come from a connection.</summary>
    private sealed class Pieces : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Of(byte[] bytes, int size)
        {
            Pieces first = new() { Memory = bytes.AsMemory(0, Math.Min(size, bytes.Length)) };
            Pieces last = first;
            for (int from = size; from < bytes.Length; from += size)
            {
                Pieces next = new() { Memory = bytes.AsMemory(from, Math.Min(size, bytes.Length - from)), RunningIndex = from };
                last.Next = next;
                last = next;
            }

            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }
}
