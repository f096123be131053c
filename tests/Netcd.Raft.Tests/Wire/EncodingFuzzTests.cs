using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Wire;

/// <summary>Any bytes either decode or throw the one exception; whatever was encoded decodes to the same.</summary>
public class EncodingFuzzTests
{
    private const int Rounds = 8_000;

    [Fact]
    public void Messages_survive_the_way_there_and_back()
    {
        Random random = new(1);
        for (int round = 0; round < Rounds / 10; round++)
        {
            byte[] bytes = RaftWire.Encode(Message(random, 2));
            Message decoded = RaftWire.DecodeMessage(bytes);
            Assert.Equal(bytes.Length, RaftWire.Size(decoded));
            Assert.Equal(bytes, RaftWire.Encode(decoded));
        }
    }

    [Fact]
    public void Fields_keep_their_values()
    {
        Random random = new(2);
        for (int round = 0; round < Rounds / 10; round++)
        {
            Message sent = Message(random, 0);
            Message got = RaftWire.DecodeMessage(RaftWire.Encode(sent));
            Assert.Equal(
                (sent.Type, sent.To, sent.From, sent.Term, sent.LogTerm, sent.Index),
                (got.Type, got.To, got.From, got.Term, got.LogTerm, got.Index));
            Assert.Equal((sent.Commit, sent.Vote, sent.Reject, sent.RejectHint), (got.Commit, got.Vote, got.Reject, got.RejectHint));
            Assert.Equal(sent.Context.ToArray(), got.Context.ToArray());
            Assert.Equal(sent.Entries.Length, got.Entries.Length);
            foreach ((Entry left, Entry right) in sent.Entries.ToArray().Zip(got.Entries.ToArray()))
            {
                Assert.Equal((left.Type, left.Term, left.Index), (right.Type, right.Term, right.Index));
                Assert.Equal(left.Data.ToArray(), right.Data.ToArray());
            }
        }
    }

    [Fact]
    public void Damaged_messages_decode_or_are_refused()
    {
        Random random = new(3);
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = RaftWire.Encode(Message(random, 1));
            for (int damage = random.Next(1, 4); damage > 0; damage--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (random.Next(2) == 0)
            {
                bytes = bytes[..random.Next(bytes.Length)];
            }

            refused += TryAll(bytes) ? 0 : 1;
        }

        Assert.True(refused > Rounds / 20, "damage is noticed where it breaks the structure");
    }

    [Fact]
    public void Random_bytes_decode_or_are_refused()
    {
        Random random = new(4);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            TryAll(bytes);
        }
    }

    [Fact]
    public void Every_truncation_of_a_message_decodes_or_is_refused()
    {
        byte[] bytes = RaftWire.Encode(Message(new Random(5), 2));
        for (int length = 0; length < bytes.Length; length++)
        {
            TryAll(bytes[..length]);
        }
    }

    [Fact]
    public void Messages_nested_without_end_are_refused()
    {
        byte[] bytes = [];
        for (int depth = 0; depth < 1000; depth++)
        {
            byte[] length = new byte[10];
            int size = 0;
            for (int rest = bytes.Length; rest >= 0x80 || size == 0 || rest > 0; rest >>= 7)
            {
                length[size++] = (byte)(rest >= 0x80 ? rest | 0x80 : rest);
                if (rest < 0x80)
                {
                    break;
                }
            }

            bytes = [0x72, .. length[..size], .. bytes];
        }

        Assert.Throws<MalformedMessageException>(() => RaftWire.DecodeMessage(bytes));
    }

    [Fact]
    public void A_length_beyond_the_bytes_allocates_nothing_for_it()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MalformedMessageException>(() => RaftWire.DecodeMessage(Convert.FromHexString("3affffffff07")));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    private static bool TryAll(byte[] bytes)
    {
        bool decoded = Try(() => RaftWire.DecodeMessage(bytes));
        Try(() => RaftWire.DecodeEntry(bytes));
        Try(() => RaftWire.DecodeHardState(bytes));
        Try(() => RaftWire.DecodeConfState(bytes));
        Try(() => RaftWire.DecodeSnapshot(bytes));
        Try(() => RaftWire.DecodeConfChange(bytes));
        Try(() => RaftWire.DecodeConfChangeV2(bytes));
        return decoded;
    }

    private static bool Try<T>(Func<T> decode)
    {
        try
        {
            decode();
            return true;
        }
        catch (MalformedMessageException)
        {
            return false;
        }
    }

    private static Message Message(Random random, int nesting) => new()
    {
        Type = (MessageType)random.Next(24),
        To = Number(random),
        From = Number(random),
        Term = Number(random),
        LogTerm = Number(random),
        Index = Number(random),
        Entries = Enumerable.Range(0, random.Next(4))
            .Select(_ => new Entry((EntryType)random.Next(3), Number(random), Number(random), Bytes(random))).ToArray(),
        Commit = Number(random),
        Vote = Number(random),
        Snapshot = random.Next(3) == 0 ? Snapshot(random) : null,
        Reject = random.Next(2) == 0,
        RejectHint = Number(random),
        Context = Bytes(random),
        Responses = nesting == 0 ? [] : [.. Enumerable.Range(0, random.Next(3)).Select(_ => Message(random, nesting - 1))],
    };

    private static Snapshot Snapshot(Random random) => new()
    {
        Data = Bytes(random),
        Metadata = new SnapshotMetadata
        {
            Index = Number(random),
            Term = Number(random),
            ConfState = new ConfState
            {
                Voters = Ids(random),
                Learners = Ids(random),
                VotersOutgoing = Ids(random),
                LearnersNext = Ids(random),
                AutoLeave = random.Next(2) == 0,
            },
        },
    };

    private static ulong[] Ids(Random random) => [.. Enumerable.Range(0, random.Next(3)).Select(_ => Number(random))];

    // Of all lengths that a varint may have.
    private static ulong Number(Random random) => unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)) >> random.Next(64);

    private static byte[] Bytes(Random random)
    {
        byte[] bytes = new byte[random.Next(3) == 0 ? 0 : random.Next(200)];
        random.NextBytes(bytes);
        return bytes;
    }
}
