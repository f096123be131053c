namespace Netcd.Raft.Wire;

/// <content>Decoding. Unknown fields are skipped; what is read is bounded by the bytes given.</content>
public static partial class RaftWire
{
    /// <summary>
    /// Entries of a message. They are counted before they are made, since each takes several times the bytes that an empty one has on the
    /// wire. Messages hold half a megabyte of entries, or one that is larger: that many have six bytes each, with their numbers.
    /// </summary>
    public const int MaxEntries = 1 << 17;

    // Messages nest in Responses alone, one level deep: those that go to the node's own storage.
    private const int DeepestNesting = 4;
    private const int MaxResponses = 1 << 12;

    // Clusters have seldom more than seven nodes.
    private const int MaxNodes = 1 << 12;

    /// <summary>Decodes an entry.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no encoded entry.</exception>
    public static Entry DecodeEntry(ReadOnlyMemory<byte> bytes)
    {
        EntryType type = EntryType.Normal;
        ulong term = 0, index = 0;
        ReadOnlyMemory<byte> data = default;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = (EntryType)reader.Enumeration(); break;
                case 2: term = reader.Varint(); break;
                case 3: index = reader.Varint(); break;
                case 4: data = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        return new Entry(type, term, index, data);
    }

    /// <summary>Decodes a hard state.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no encoded hard state.</exception>
    public static HardState DecodeHardState(ReadOnlyMemory<byte> bytes)
    {
        ulong term = 0, vote = 0, commit = 0;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: term = reader.Varint(); break;
                case 2: vote = reader.Varint(); break;
                case 3: commit = reader.Varint(); break;
                default: reader.Skip(); break;
            }
        }

        return new HardState(term, vote, commit);
    }

    /// <summary>Decodes a configuration.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no encoded configuration.</exception>
    public static ConfState DecodeConfState(ReadOnlyMemory<byte> bytes)
    {
        List<ulong> voters = [], learners = [], outgoing = [], next = [];
        bool autoLeave = false;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: ReadRepeated(ref reader, voters); break;
                case 2: ReadRepeated(ref reader, learners); break;
                case 3: ReadRepeated(ref reader, outgoing); break;
                case 4: ReadRepeated(ref reader, next); break;
                case 5: autoLeave = reader.Boolean(); break;
                default: reader.Skip(); break;
            }
        }

        return new ConfState
        {
            Voters = voters,
            Learners = learners,
            VotersOutgoing = outgoing,
            LearnersNext = next,
            AutoLeave = autoLeave,
        };
    }

    /// <summary>Decodes a snapshot.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no encoded snapshot.</exception>
    public static Snapshot DecodeSnapshot(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlyMemory<byte> data = default;
        SnapshotMetadata metadata = SnapshotMetadata.Empty;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: data = reader.Bytes(); break;
                case 2: metadata = DecodeSnapshotMetadata(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }

        return new Snapshot { Data = data, Metadata = metadata };
    }

    /// <summary>Decodes a message.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no encoded message.</exception>
    public static Message DecodeMessage(ReadOnlyMemory<byte> bytes)
    {
        int responsesLeft = MaxResponses;
        return DecodeMessage(bytes, DeepestNesting, ref responsesLeft);
    }

    /// <summary>Decodes a configuration change.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no encoded configuration change.</exception>
    public static ConfChange DecodeConfChange(ReadOnlyMemory<byte> bytes)
    {
        ulong id = 0, node = 0;
        ConfChangeType type = ConfChangeType.AddNode;
        ReadOnlyMemory<byte> context = default;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Varint(); break;
                case 2: type = (ConfChangeType)reader.Enumeration(); break;
                case 3: node = reader.Varint(); break;
                case 4: context = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        return new ConfChange { Id = id, Type = type, NodeId = node, Context = context };
    }

    /// <summary>Decodes a configuration change of the newer form.</summary>
    /// <exception cref="MalformedMessageException">The bytes are no encoded configuration change.</exception>
    public static ConfChangeV2 DecodeConfChangeV2(ReadOnlyMemory<byte> bytes)
    {
        ConfChangeTransition transition = ConfChangeTransition.Auto;
        List<ConfChangeSingle> changes = [];
        ReadOnlyMemory<byte> context = default;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: transition = (ConfChangeTransition)reader.Enumeration(); break;
                case 2: Add(changes, DecodeConfChangeSingle(reader.Bytes())); break;
                case 3: context = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        return new ConfChangeV2 { Transition = transition, Changes = changes, Context = context };
    }

    private static Message DecodeMessage(ReadOnlyMemory<byte> bytes, int nesting, ref int responsesLeft)
    {
        if (nesting == 0)
        {
            throw new MalformedMessageException("messages nest too deep");
        }

        Message message = new();
        int entriesCounted = CountFields(bytes, 7);
        if (entriesCounted > MaxEntries)
        {
            throw new MalformedMessageException($"a message of {entriesCounted} entries");
        }

        Entry[] entries = new Entry[entriesCounted];
        int count = 0;
        List<Message>? responses = null;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: message.Type = (MessageType)reader.Enumeration(); break;
                case 2: message.To = reader.Varint(); break;
                case 3: message.From = reader.Varint(); break;
                case 4: message.Term = reader.Varint(); break;
                case 5: message.LogTerm = reader.Varint(); break;
                case 6: message.Index = reader.Varint(); break;
                case 7: entries[count++] = DecodeEntry(reader.Bytes()); break;
                case 8: message.Commit = reader.Varint(); break;
                case 9: message.Snapshot = DecodeSnapshot(reader.Bytes()); break;
                case 10: message.Reject = reader.Boolean(); break;
                case 11: message.RejectHint = reader.Varint(); break;
                case 12: message.Context = reader.Bytes(); break;
                case 13: message.Vote = reader.Varint(); break;
                case 14 when responsesLeft-- == 0: throw new MalformedMessageException("a message of too many responses");
                case 14: (responses ??= []).Add(DecodeMessage(reader.Bytes(), nesting - 1, ref responsesLeft)); break;
                default: reader.Skip(); break;
            }
        }

        message.Entries = entries;
        if (responses is not null)
        {
            message.Responses = responses;
        }

        return message;
    }

    private static SnapshotMetadata DecodeSnapshotMetadata(ReadOnlyMemory<byte> bytes)
    {
        ConfState state = ConfState.Empty;
        ulong index = 0, term = 0;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: state = DecodeConfState(reader.Bytes()); break;
                case 2: index = reader.Varint(); break;
                case 3: term = reader.Varint(); break;
                default: reader.Skip(); break;
            }
        }

        return new SnapshotMetadata { ConfState = state, Index = index, Term = term };
    }

    private static ConfChangeSingle DecodeConfChangeSingle(ReadOnlyMemory<byte> bytes)
    {
        ConfChangeType type = ConfChangeType.AddNode;
        ulong node = 0;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = (ConfChangeType)reader.Enumeration(); break;
                case 2: node = reader.Varint(); break;
                default: reader.Skip(); break;
            }
        }

        return new ConfChangeSingle(type, node);
    }

    // Repeated numbers come one by one, or packed by writers that like it so.
    private static void ReadRepeated(ref WireReader reader, List<ulong> values)
    {
        if (!reader.IsPacked)
        {
            Add(values, reader.Varint());
            return;
        }

        WireReader packed = new(reader.Bytes());
        while (packed.TryVarint(out ulong value))
        {
            Add(values, value);
        }
    }

    private static void Add<T>(List<T> nodes, T node)
    {
        if (nodes.Count == MaxNodes)
        {
            throw new MalformedMessageException("a configuration of too many nodes");
        }

        nodes.Add(node);
    }

    private static int CountFields(ReadOnlyMemory<byte> bytes, int field)
    {
        int count = 0;
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            if (reader.Field == field)
            {
                count++;
            }

            reader.Skip();
        }

        return count;
    }
}
