namespace Netcd.Raft;

/// <summary>
/// Work that raft hands out. Without asynchronous storage writes: write <see cref="HardState"/>, <see cref="Entries"/> and
/// <see cref="Snapshot"/> to disk, then send <see cref="Messages"/>, apply <see cref="CommittedEntries"/>, and call
/// <see cref="RaftNode.Advance"/>. With them: hand each of <see cref="Messages"/> to its address; the other fields only inform.
/// </summary>
public sealed class Ready
{
    /// <summary>Role and leader, if they changed.</summary>
    public SoftState? SoftState { get; init; }

    /// <summary>What to write before messages are sent, if it changed.</summary>
    public HardState? HardState { get; init; }

    /// <summary>Reads that may be served once their index is applied.</summary>
    public IReadOnlyList<ReadState> ReadStates { get; init; } = [];

    /// <summary>Entries to write before messages are sent. They replace what the log holds at the same indexes and behind.</summary>
    public ReadOnlyMemory<Entry> Entries { get; init; }

    /// <summary>A snapshot to write and to load, if one came.</summary>
    public Snapshot? Snapshot { get; init; }

    /// <summary>Entries to apply.</summary>
    public ReadOnlyMemory<Entry> CommittedEntries { get; init; }

    /// <summary>Messages to deliver.</summary>
    public IReadOnlyList<Message> Messages { get; init; } = [];

    /// <summary>True when hard state and entries must be flushed, false when writing is enough.</summary>
    public bool MustSync { get; init; }
}
