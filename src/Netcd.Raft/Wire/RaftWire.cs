namespace Netcd.Raft.Wire;

/// <summary>
/// The encoding of raft's types, byte for byte as etcd writes them: proto2, fields in the order of their numbers, numbers and booleans
/// always written even when zero, byte strings left out when empty.
/// </summary>
/// <remarks>Decoded byte strings are views of the bytes decoded: the caller must not reuse that buffer.</remarks>
public static partial class RaftWire
{
    /// <summary>The encoded size in bytes.</summary>
    public static int Size(in Entry entry) =>
        WireWriter.FieldSize((ulong)entry.Type) + WireWriter.FieldSize(entry.Term)
            + WireWriter.FieldSize(entry.Index) + Optional(entry.Data);

    /// <summary>Encodes into the start of <paramref name="target"/>, which must have room for <see cref="Size(in Entry)"/> bytes.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int Write(in Entry entry, Span<byte> target)
    {
        WireWriter writer = new(target);
        Write(in entry, ref writer);
        return writer.Position;
    }

    /// <summary>Encodes into a new array.</summary>
    public static byte[] Encode(in Entry entry)
    {
        byte[] bytes = new byte[Size(in entry)];
        Write(in entry, bytes);
        return bytes;
    }

    /// <summary>The encoded size in bytes.</summary>
    public static int Size(HardState state) =>
        WireWriter.FieldSize(state.Term) + WireWriter.FieldSize(state.Vote) + WireWriter.FieldSize(state.Commit);

    /// <summary>Encodes into the start of <paramref name="target"/>, which must have room for <see cref="Size(HardState)"/>
    /// bytes.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int Write(HardState state, Span<byte> target)
    {
        WireWriter writer = new(target);
        writer.Field(1, state.Term);
        writer.Field(2, state.Vote);
        writer.Field(3, state.Commit);
        return writer.Position;
    }

    /// <summary>Encodes into a new array.</summary>
    public static byte[] Encode(HardState state)
    {
        byte[] bytes = new byte[Size(state)];
        Write(state, bytes);
        return bytes;
    }

    /// <summary>Encodes into a new array.</summary>
    public static byte[] Encode(ConfState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        byte[] bytes = new byte[Size(state)];
        WireWriter writer = new(bytes);
        Write(state, ref writer);
        return bytes;
    }

    /// <summary>Encodes into a new array.</summary>
    public static byte[] Encode(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        byte[] bytes = new byte[Size(snapshot)];
        WireWriter writer = new(bytes);
        Write(snapshot, ref writer);
        return bytes;
    }

    /// <summary>The encoded size in bytes.</summary>
    public static int Size(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        int size = WireWriter.FieldSize((ulong)message.Type) + WireWriter.FieldSize(message.To) + WireWriter.FieldSize(message.From)
            + WireWriter.FieldSize(message.Term) + WireWriter.FieldSize(message.LogTerm) + WireWriter.FieldSize(message.Index)
            + WireWriter.FieldSize(message.Commit) + 2 + WireWriter.FieldSize(message.RejectHint) + Optional(message.Context)
            + WireWriter.FieldSize(message.Vote);
        foreach (ref readonly Entry entry in message.Entries.Span)
        {
            size += WireWriter.BytesFieldSize(Size(in entry));
        }

        if (message.Snapshot is { } snapshot)
        {
            size += WireWriter.BytesFieldSize(Size(snapshot));
        }

        foreach (Message response in message.Responses)
        {
            size += WireWriter.BytesFieldSize(Size(response));
        }

        return size;
    }

    /// <summary>Encodes into the start of <paramref name="target"/>, which must have room for <see cref="Size(Message)"/> bytes.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int Write(Message message, Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(message);
        WireWriter writer = new(target);
        Write(message, ref writer);
        return writer.Position;
    }

    /// <summary>Encodes into a new array.</summary>
    public static byte[] Encode(Message message)
    {
        byte[] bytes = new byte[Size(message)];
        Write(message, bytes);
        return bytes;
    }

    /// <summary>Encodes into a new array.</summary>
    public static byte[] Encode(ConfChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        byte[] bytes = new byte[WireWriter.FieldSize(change.Id) + WireWriter.FieldSize((ulong)change.Type)
            + WireWriter.FieldSize(change.NodeId) + Optional(change.Context)];
        WireWriter writer = new(bytes);
        writer.Field(1, change.Id);
        writer.Field(2, (ulong)change.Type);
        writer.Field(3, change.NodeId);
        WriteOptional(4, change.Context, ref writer);
        return bytes;
    }

    /// <summary>Encodes into a new array.</summary>
    public static byte[] Encode(ConfChangeV2 change)
    {
        ArgumentNullException.ThrowIfNull(change);
        int size = WireWriter.FieldSize((ulong)change.Transition) + Optional(change.Context);
        foreach (ConfChangeSingle single in change.Changes)
        {
            size += WireWriter.BytesFieldSize(Size(single));
        }

        byte[] bytes = new byte[size];
        WireWriter writer = new(bytes);
        writer.Field(1, (ulong)change.Transition);
        foreach (ConfChangeSingle single in change.Changes)
        {
            writer.Header(2, Size(single));
            writer.Field(1, (ulong)single.Type);
            writer.Field(2, single.NodeId);
        }

        WriteOptional(3, change.Context, ref writer);
        return bytes;
    }

    private static int Size(ConfChangeSingle single) => WireWriter.FieldSize((ulong)single.Type) + WireWriter.FieldSize(single.NodeId);

    private static int Size(ConfState state) =>
        Repeated(state.Voters) + Repeated(state.Learners) + Repeated(state.VotersOutgoing) + Repeated(state.LearnersNext) + 2;

    private static int Size(SnapshotMetadata metadata) =>
        WireWriter.BytesFieldSize(Size(metadata.ConfState)) + WireWriter.FieldSize(metadata.Index) + WireWriter.FieldSize(metadata.Term);

    private static int Size(Snapshot snapshot) => Optional(snapshot.Data) + WireWriter.BytesFieldSize(Size(snapshot.Metadata));

    private static int Optional(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? 0 : WireWriter.BytesFieldSize(bytes.Length);

    private static int Repeated(IReadOnlyList<ulong> ids)
    {
        int size = 0;
        for (int i = 0; i < ids.Count; i++)
        {
            size += WireWriter.FieldSize(ids[i]);
        }

        return size;
    }

    private static void WriteOptional(int field, ReadOnlyMemory<byte> bytes, ref WireWriter writer)
    {
        if (!bytes.IsEmpty)
        {
            writer.Bytes(field, bytes.Span);
        }
    }

    private static void WriteRepeated(int field, IReadOnlyList<ulong> ids, ref WireWriter writer)
    {
        for (int i = 0; i < ids.Count; i++)
        {
            writer.Field(field, ids[i]);
        }
    }

    private static void Write(in Entry entry, ref WireWriter writer)
    {
        writer.Field(1, (ulong)entry.Type);
        writer.Field(2, entry.Term);
        writer.Field(3, entry.Index);
        WriteOptional(4, entry.Data, ref writer);
    }

    private static void Write(ConfState state, ref WireWriter writer)
    {
        WriteRepeated(1, state.Voters, ref writer);
        WriteRepeated(2, state.Learners, ref writer);
        WriteRepeated(3, state.VotersOutgoing, ref writer);
        WriteRepeated(4, state.LearnersNext, ref writer);
        writer.Field(5, state.AutoLeave ? 1UL : 0);
    }

    private static void Write(Snapshot snapshot, ref WireWriter writer)
    {
        WriteOptional(1, snapshot.Data, ref writer);
        SnapshotMetadata metadata = snapshot.Metadata;
        writer.Header(2, Size(metadata));
        writer.Header(1, Size(metadata.ConfState));
        Write(metadata.ConfState, ref writer);
        writer.Field(2, metadata.Index);
        writer.Field(3, metadata.Term);
    }

    private static void Write(Message message, ref WireWriter writer)
    {
        writer.Field(1, (ulong)message.Type);
        writer.Field(2, message.To);
        writer.Field(3, message.From);
        writer.Field(4, message.Term);
        writer.Field(5, message.LogTerm);
        writer.Field(6, message.Index);
        foreach (ref readonly Entry entry in message.Entries.Span)
        {
            writer.Header(7, Size(in entry));
            Write(in entry, ref writer);
        }

        writer.Field(8, message.Commit);
        if (message.Snapshot is { } snapshot)
        {
            writer.Header(9, Size(snapshot));
            Write(snapshot, ref writer);
        }

        writer.Field(10, message.Reject ? 1UL : 0);
        writer.Field(11, message.RejectHint);
        WriteOptional(12, message.Context, ref writer);
        writer.Field(13, message.Vote);
        foreach (Message response in message.Responses)
        {
            writer.Header(14, Size(response));
            Write(response, ref writer);
        }
    }
}
