namespace Netcd.Raft;

/// <summary>
/// What nodes say to each other and to their local storage. Which fields carry a meaning depends on <see cref="Type"/>.
/// A message is not changed after it was handed to <see cref="RaftNode.Step"/> or taken from a <see cref="Ready"/>.
/// </summary>
public sealed class Message
{
    /// <summary>The kind of message.</summary>
    public MessageType Type { get; set; }

    /// <summary>The receiver.</summary>
    public ulong To { get; set; }

    /// <summary>The sender.</summary>
    public ulong From { get; set; }

    /// <summary>The sender's term; 0 for messages that are not bound to a term.</summary>
    public ulong Term { get; set; }

    /// <summary>The term of the log entry at <see cref="Index"/>, or at <see cref="RejectHint"/> in a rejection.</summary>
    public ulong LogTerm { get; set; }

    /// <summary>A log index: the entry before <see cref="Entries"/>, the last entry of a candidate, the entry acknowledged.</summary>
    public ulong Index { get; set; }

    /// <summary>The entries carried.</summary>
    public ReadOnlyMemory<Entry> Entries { get; set; }

    /// <summary>The sender's commit index, as far as it concerns the receiver.</summary>
    public ulong Commit { get; set; }

    /// <summary>The vote to persist; only in <see cref="MessageType.StorageAppend"/>.</summary>
    public ulong Vote { get; set; }

    /// <summary>The snapshot carried, if any.</summary>
    public Snapshot? Snapshot { get; set; }

    /// <summary>True when the request is refused.</summary>
    public bool Reject { get; set; }

    /// <summary>In a refused append: where the logs may agree.</summary>
    public ulong RejectHint { get; set; }

    /// <summary>Opaque bytes: heartbeats echo them, votes of a leadership transfer are marked by them.</summary>
    public ReadOnlyMemory<byte> Context { get; set; }

    /// <summary>In storage messages: what to deliver once the work is done.</summary>
    public IReadOnlyList<Message> Responses { get; set; } = [];

    /// <summary>The hard state that a <see cref="MessageType.StorageAppend"/> asks to write; empty when it carries none.</summary>
    public HardState HardState => new(Term, Vote, Commit);

    /// <summary>A copy that can be changed without changing this one.</summary>
    public Message Clone() => (Message)MemberwiseClone();
}
