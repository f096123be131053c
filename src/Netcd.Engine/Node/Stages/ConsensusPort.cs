using Netcd.Engine.Membership;
using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;
using Netcd.Engine.Snapshots;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>What others may ask of the consensus stage, from any thread, and where raft stands.</summary>
internal sealed class ConsensusPort
{
    private RaftPosition position = RaftPosition.None;

    /// <summary>Where raft stands, as it was after the stage's last step.</summary>
    public RaftPosition Position
    {
        get => Volatile.Read(ref position);
        set => Volatile.Write(ref position, value);
    }

    /// <summary>Requests to be proposed; they come by the <see cref="ProposalQueue"/>, which bounds them.</summary>
    public Inbox<PendingRequest> Proposals { get; } = new();

    /// <summary>Reads that wait for local state to be confirmed as current.</summary>
    public Inbox<PendingRead> Reads { get; } = new();

    /// <summary>Messages of the member's own storage.</summary>
    public Inbox<Message> Responses { get; } = new();

    /// <summary>Messages of peers.</summary>
    public PeerInbox PeerMessages { get; } = new();

    /// <summary>What is to be done between two steps of raft.</summary>
    public Inbox<ConsensusCommand> Commands { get; } = new();

    /// <summary>All that waits.</summary>
    public int Waiting => Proposals.Count + Reads.Count + Responses.Count + PeerMessages.Count + Commands.Count;

    /// <summary>Asks for local state to be confirmed as current; <see cref="PendingRead.Complete"/> is called when it is.</summary>
    public void Read(PendingRead read) => Reads.Add(read);

    /// <summary>Has something done to raft between two steps.</summary>
    public void Run(Action<RaftNode> action) => Commands.Add(new ConsensusCommand.Run(action));

    /// <summary>A change of the configuration is applied: raft takes it over before it is informed that the entry is.</summary>
    public void Reconfigure(ConfChange change) => Commands.Add(new ConsensusCommand.Reconfigure(change));

    /// <summary>A raft snapshot is to be written: what is behind it need not stay in memory.</summary>
    public void Compact(RaftSnapshot snapshot) => Commands.Add(new ConsensusCommand.Compact(snapshot));

    /// <summary>Sets what is called when something comes in.</summary>
    public void SetWaker(Action wake)
    {
        Proposals.SetWaker(wake);
        Reads.SetWaker(wake);
        Responses.SetWaker(wake);
        PeerMessages.SetWaker(wake);
        Commands.SetWaker(wake);
    }
}

/// <summary>Something to be done between two steps of raft.</summary>
internal abstract record ConsensusCommand
{
    internal sealed record Run(Action<RaftNode> Action) : ConsensusCommand;

    internal sealed record Reconfigure(ConfChange Change) : ConsensusCommand;

    internal sealed record Compact(RaftSnapshot Snapshot) : ConsensusCommand;
}

/// <summary>Where raft stands.</summary>
/// <param name="LeaderId">The leader, or 0.</param>
/// <param name="Term">The term.</param>
/// <param name="CommitIndex">The last index known to be committed.</param>
/// <param name="AppliedIndex">The last index that readers see.</param>
/// <param name="AppliedTerm">That entry's term; 0 before the first one since the start.</param>
/// <param name="IsReadableAtOnce">Whether local state is current without asking anyone; see <see cref="ConsensusStage"/>.</param>
public sealed record RaftPosition(
    MemberId LeaderId, ulong Term, ulong CommitIndex, ulong AppliedIndex, ulong AppliedTerm, bool IsReadableAtOnce)
{
    internal static RaftPosition None { get; } = new(default, 0, 0, 0, 0, false);
}
