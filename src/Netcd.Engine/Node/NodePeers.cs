using Microsoft.Extensions.Logging;
using Netcd.Engine.Apply;
using Netcd.Engine.Membership;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Peers;
using Netcd.Engine.Snapshots;
using Netcd.Engine.Starting;
using Netcd.Engine.State;
using Netcd.Raft;
using HexId = Netcd.Engine.Membership.HexId;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Node;

/// <summary>One member among others: messages, snapshots, leadership. For any thread.</summary>
public sealed class NodePeers
{
    private readonly NodeStorage storage;
    private readonly ReplicatedState state;
    private readonly ConsensusPort consensus;
    private readonly KnownSenders senders;
    private readonly PeerLinks links;
    private readonly OutgoingSnapshots snapshots;
    private readonly IReadOnlyList<Member> running;
    private readonly ILogger log;
    private long incomingSnapshots;

    internal NodePeers(
        NodeStorage storage,
        ConsensusPort consensus,
        KnownSenders senders,
        PeerLinks links,
        OutgoingSnapshots snapshots,
        IReadOnlyList<Member> running,
        ILogger log)
    {
        this.storage = storage;
        state = storage.State;
        this.consensus = consensus;
        this.senders = senders;
        this.links = links;
        this.snapshots = snapshots;
        this.running = running;
        this.log = log;
    }

    /// <summary>Leaders that this member has seen since its start.</summary>
    public long LeaderChanges => links.LeaderChanges;

    /// <summary>Whether unknown senders are listened to at present.</summary>
    public bool ListensToStrangers => senders.ListensToStrangers;

    /// <summary>Messages that were refused.</summary>
    internal RefusedMessages Refused => links.Refused;

    /// <summary>Connects the node to the other members. Before its stages are stepped for the first time.</summary>
    public void Attach(IPeerTransport transport, INodeChanges changes) => links.Attach(transport, changes, running);

    /// <summary>How long a member has been connected; null where it is not.</summary>
    public TimeSpan? ConnectedFor(MemberId memberId) => links.ConnectedFor(memberId);

    /// <summary>
    /// Takes a message of a peer. One that is not meant for this member is dropped, and so is a proposal that no log may hold: a leader
    /// appends what it is sent.
    /// </summary>
    public void Receive(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        bool isForThis = message.To == storage.MemberId && message.From != NodeId.None && message.From != storage.MemberId
            && !IsStorage(message.From) && !state.Members.IsRemoved(message.From);
        string? fault = isForThis && message.Type == MessageType.Propose ? EntrySense.Fault(message.Entries.Span) : null;
        if (fault is not null)
        {
            Refused.Received(message, Reception.Impossible, fault, senders.Now);
        }
        else if (!isForThis || !consensus.PeerMessages.TryAdd(message))
        {
            log.DroppedIncomingMessage(message.Type, new HexId(message.From));
        }
    }

    /// <summary>Whether a message's sender may be a member; where it is unknown, what it sends decides.</summary>
    public bool IsKnown(MemberId memberId) => state.Members.Find(memberId) is not null || senders.IsIntroduced(memberId);

    /// <summary>Takes over who is a member, as reported by the members that the transport has asked; null where none of them has
    /// answered.</summary>
    public void Introduce(IReadOnlyCollection<ulong>? members) => consensus.Run(_ => senders.Introduce(members));

    /// <summary>A message to a member did not arrive.</summary>
    public void ReportUnreachable(MemberId memberId) => consensus.Run(raft => raft.ReportUnreachable(memberId));

    /// <summary>How the sending of a snapshot ended.</summary>
    public void ReportSnapshot(MemberId memberId, bool hasArrived)
    {
        snapshots.Ended(memberId, hasArrived);
        consensus.Run(raft => raft.ReportSnapshot(memberId, hasArrived ? SnapshotOutcome.Finished : SnapshotOutcome.Failed));
    }

    /// <summary>Begins to take a snapshot from a peer.</summary>
    /// <param name="message">The message that goes with the image.</param>
    /// <exception cref="ArgumentException">It is not meant for this member, or makes no sense.</exception>
    /// <exception cref="IOException">The disk is full or refuses.</exception>
    public IncomingSnapshot BeginSnapshot(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Type != MessageType.Snapshot || message.Snapshot is null or { IsEmpty: true } || message.To != storage.MemberId)
        {
            throw new ArgumentException("no snapshot for this member", nameof(message));
        }

        if (RaftNode.FaultOf(message) is { } fault)
        {
            Refused.Received(message, Reception.Impossible, fault, senders.Now);
            throw new ArgumentException(fault, nameof(message));
        }

        long number = Interlocked.Increment(ref incomingSnapshots);
        return new IncomingSnapshot(storage.Disk, storage.Backend, state.Seed, number, message, Receive);
    }

    /// <summary>Asks the leader to hand over to another voter; who leads then shows in <see cref="EtcdNode.Position"/>.</summary>
    public void TransferLeadership(MemberId memberId) => consensus.Run(raft => raft.TransferLeader(memberId));

    /// <summary>Asks for raft's view of all members; on a leader it says how far each has come.</summary>
    /// <param name="answer">Called on an engine thread.</param>
    public void QueryRaft(Action<Status> answer) => consensus.Run(raft => answer(raft.Status()));

    /// <summary>Lets raft's clock run ahead, so that the first election does not wait for the whole timeout.</summary>
    public void AdvanceTicks(int ticks) => consensus.Run(raft =>
    {
        for (int i = 0; i < ticks; i++)
        {
            raft.Tick();
        }
    });

    private static bool IsStorage(ulong id) => id is NodeId.AppendStorage or NodeId.ApplyStorage;
}
