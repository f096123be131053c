namespace Netcd.Raft;

/// <summary>How a node behaves. Checked when the <see cref="RaftNode"/> is made.</summary>
public sealed class RaftConfig
{
    /// <summary>No limit.</summary>
    public const ulong NoLimit = ulong.MaxValue;

    /// <summary>The node's id; not 0, not one of the addresses in <see cref="NodeId"/>.</summary>
    public required ulong Id { get; init; }

    /// <summary>Ticks without a leader's message after which a follower campaigns: from this number to twice, at random. More than
    /// <see cref="HeartbeatTick"/>, ten times as many are advised.</summary>
    public required int ElectionTick { get; init; }

    /// <summary>Ticks between the heartbeats of a leader; at least 1.</summary>
    public required int HeartbeatTick { get; init; }

    /// <summary>The stable log.</summary>
    public required ILogStorage Storage { get; init; }

    /// <summary>A number from 0 to before the bound handed in, to spread elections. Seeded: <see cref="SeededGenerator.Next"/>.</summary>
    public required Func<int, int> Random { get; init; }

    /// <summary>
    /// The last index applied before a restart; nothing at or below is handed out again. The configuration that the storage starts from
    /// is the one at this index. May be ahead of the stored commit index.
    /// </summary>
    public ulong Applied { get; init; }

    /// <summary>
    /// Storage is written in the background: instead of <see cref="RaftNode.Advance"/>, the messages addressed to
    /// <see cref="NodeId.AppendStorage"/> and <see cref="NodeId.ApplyStorage"/> are done, each address in order, and their responses are
    /// delivered afterwards: those of an append when it is durable, those of an apply when it is done. A snapshot is stored and loaded as
    /// part of an append; nothing is being applied at that time.
    /// </summary>
    public bool AsyncStorageWrites { get; init; }

    /// <summary>Bytes of entries in one append message; 0: one entry a message.</summary>
    public ulong MaxSizePerMessage { get; init; } = NoLimit;

    /// <summary>Bytes of committed entries handed out and not yet acknowledged as applied; 0: as <see cref="MaxSizePerMessage"/>.</summary>
    public ulong MaxCommittedSizePerReady { get; init; }

    /// <summary>Bytes of payload that a leader holds uncommitted before it drops proposals; 0: no limit.</summary>
    public ulong MaxUncommittedEntriesSize { get; init; }

    /// <summary>Append messages on their way to one follower; at least 1.</summary>
    public int MaxInflightMessages { get; init; } = int.MaxValue;

    /// <summary>Bytes of entries on their way to one follower, at least <see cref="MaxSizePerMessage"/>; 0: no limit.</summary>
    public ulong MaxInflightBytes { get; init; }

    /// <summary>A leader that did not hear a quorum for an election timeout steps down.</summary>
    public bool CheckQuorum { get; init; }

    /// <summary>A node asks whether it would win before it opens a new term (thesis, section 9.6).</summary>
    public bool PreVote { get; init; }

    /// <summary>How reads are confirmed.</summary>
    public ReadOnlyOption ReadOnlyOption { get; init; }

    /// <summary>
    /// A leader that waits for a quorum's confirmation of some reads lets later ones wait for it, and then asks once for all of them:
    /// fewer messages under load, at most one more round of latency. Otherwise it asks for each read as it comes in.
    /// </summary>
    public bool SharedReadRounds { get; init; }

    /// <summary>Followers drop proposals instead of sending them to the leader.</summary>
    public bool DisableProposalForwarding { get; init; }

    /// <summary>Configuration changes are not checked when proposed; only for who serializes and checks them above raft.</summary>
    public bool DisableConfChangeValidation { get; init; }

    /// <summary>A leader that is removed or becomes a learner steps down at once.</summary>
    public bool StepDownOnRemoval { get; init; }

    internal void Validate()
    {
        Require(Id != NodeId.None && !MessageTypes.IsLocalStorage(Id), $"{nameof(Id)} is a node's id");
        Require(HeartbeatTick > 0, $"{nameof(HeartbeatTick)} is at least 1");
        Require(ElectionTick > HeartbeatTick, $"{nameof(ElectionTick)} is more than {nameof(HeartbeatTick)}");
        Require(Storage is not null, $"{nameof(Storage)} is given");
        Require(Random is not null, $"{nameof(Random)} is given");
        Require(MaxInflightMessages > 0, $"{nameof(MaxInflightMessages)} is at least 1");
        Require(
            MaxInflightBytes == 0 || MaxInflightBytes >= MaxSizePerMessage,
            $"{nameof(MaxInflightBytes)} is at least {nameof(MaxSizePerMessage)}");
        Require(ReadOnlyOption == ReadOnlyOption.Safe || CheckQuorum, $"{nameof(CheckQuorum)} is on when reads rely on the lease");
    }

    private static void Require(bool condition, string rule)
    {
        if (!condition)
        {
            throw new ArgumentException($"Raft configuration: {rule}.");
        }
    }
}
