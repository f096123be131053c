using Netcd.Raft.Wire;

namespace Netcd.Raft;

/// <summary>
/// One member of a raft group, as a state machine: ticks, messages and proposals go in, a <see cref="Raft.Ready"/> comes out. It does no
/// I/O, has no clock, and is not safe for concurrent use.
/// </summary>
public sealed partial class RaftNode
{
    private readonly RaftCore core;

    /// <summary>Starts a node from what its storage holds.</summary>
    /// <exception cref="ArgumentException">The configuration breaks one of its rules.</exception>
    /// <exception cref="RaftInvariantException">The storage contradicts itself.</exception>
    public RaftNode(RaftConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        core = new RaftCore(config);
        lastSoftState = core.SoftState;
        lastHardState = core.HardState;
    }

    /// <summary>The node's id.</summary>
    public ulong Id => core.Id;

    /// <summary>Where the node stands.</summary>
    public BasicStatus BasicStatus =>
        new(core.Id, core.HardState, core.SoftState, core.Log.Applied, (core.Role as Leader)?.Transferee ?? NodeId.None);

    /// <summary>
    /// Starts a new cluster by configuration changes that add its members. Every member does this with the same peers in the same order.
    /// </summary>
    /// <exception cref="ArgumentException">There is no peer.</exception>
    /// <exception cref="InvalidOperationException">The log is not empty.</exception>
    public void Bootstrap(params ReadOnlySpan<Peer> peers)
    {
        if (peers.IsEmpty)
        {
            throw new ArgumentException("A cluster has at least one member.", nameof(peers));
        }

        if (core.Log.LastIndex != 0)
        {
            throw new InvalidOperationException("Only an empty log is bootstrapped.");
        }

        // Nothing was written yet: the first Ready shall carry the hard state.
        lastHardState = default;
        core.Bootstrap(peers);
    }

    /// <summary>Time passes: one tick.</summary>
    public void Tick() => core.Role.Tick();

    /// <summary>Campaigns now, if the node may.</summary>
    public void Campaign() => core.Step(new Message { Type = MessageType.Hup });

    /// <summary>Proposes an entry.</summary>
    /// <returns><see cref="StepResult.Ok"/> when it was appended or forwarded, which does not promise that it will be committed;
    /// <see cref="StepResult.ProposalDropped"/> when not.</returns>
    public StepResult Propose(ReadOnlyMemory<byte> data) => core.Role.Propose([data]);

    /// <summary>Proposes many entries, in order and in one append: all of them are taken, or none.</summary>
    /// <inheritdoc cref="Propose(ReadOnlyMemory{byte})" path="/returns"/>
    public StepResult Propose(ReadOnlySpan<ReadOnlyMemory<byte>> payloads) =>
        payloads.IsEmpty ? StepResult.Ok : core.Role.Propose(payloads);

    /// <summary>Proposes a change of one node. One that comes at the wrong time is committed as an empty entry.</summary>
    /// <inheritdoc cref="Propose(ReadOnlyMemory{byte})" path="/returns"/>
    public StepResult ProposeConfChange(ConfChange change) => ProposeConfChange(EntryType.ConfChange, RaftWire.Encode(change));

    /// <summary>Proposes a change of several nodes, or leaving a joint configuration. One that comes at the wrong time is committed as an
    /// empty entry.</summary>
    /// <inheritdoc cref="Propose(ReadOnlyMemory{byte})" path="/returns"/>
    public StepResult ProposeConfChange(ConfChangeV2 change) => ProposeConfChange(EntryType.ConfChangeV2, RaftWire.Encode(change));

    /// <summary>
    /// Puts a committed configuration change into effect. To be called for each, in the order of the log, unless the application rejects
    /// the change.
    /// </summary>
    /// <returns>The configuration from now on, to be kept with the application's state.</returns>
    /// <exception cref="RaftInvariantException">The change contradicts the active configuration.</exception>
    public ConfState ApplyConfChange(ConfChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return core.ApplyConfChange(change.ToV2());
    }

    /// <inheritdoc cref="ApplyConfChange(ConfChange)"/>
    public ConfState ApplyConfChange(ConfChangeV2 change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return core.ApplyConfChange(change);
    }

    /// <summary>Takes a message of a peer, or a response of the local storage. The message must not be changed afterwards.</summary>
    public StepResult Step(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        bool isFromStorage = MessageTypes.IsLocalStorage(message.From);
        if (message.Type.IsLocal() && !isFromStorage)
        {
            return StepResult.LocalMessageRefused;
        }

        if (message.Type.IsResponse() && !isFromStorage && core.Members[message.From] is null)
        {
            return StepResult.UnknownPeer;
        }

        return core.Step(message);
    }

    /// <summary>
    /// Takes a message that came over the network. One that cannot be is refused before anything is changed; it is for the application
    /// to decide whether the sender is listened to at all.
    /// </summary>
    /// <param name="message">The message; must not be changed afterwards.</param>
    /// <param name="fault">Why it cannot be, or null.</param>
    public StepResult Receive(Message message, out string? fault)
    {
        ArgumentNullException.ThrowIfNull(message);
        fault = FaultOf(message) ?? MessageScreen.FaultAt(core, message);
        return fault is null ? Step(message) : StepResult.Impossible;
    }

    /// <summary>Why a message cannot be, for any receiver, or null.</summary>
    public static string? FaultOf(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return MessageScreen.Fault(message);
    }

    /// <summary>True for a node of the active configuration, voter or learner.</summary>
    public bool HasMember(ulong id) => core.Members[id] is not null;

    /// <summary>True while the node leads, or has heard its leader within an election timeout.</summary>
    public bool HearsLeader =>
        core.Role is Leader || (core.LeaderId != NodeId.None && core.ElectionElapsed < core.Config.ElectionTick);

    /// <summary>
    /// Asks for a read index; it comes in <see cref="Ready.ReadStates"/> with the same bytes. The request may be lost (no leader, a change
    /// of leader): ask again after a while.
    /// </summary>
    public void ReadIndex(ReadOnlyMemory<byte> context) =>
        core.Step(new Message { Type = MessageType.ReadIndex, Entries = new[] { new Entry(EntryType.Normal, 0, 0, context) } });

    /// <summary>Asks the leader to hand over to another voter. Whether it does shows in who leads.</summary>
    public void TransferLeader(ulong transferee) => core.Step(new Message { Type = MessageType.TransferLeader, From = transferee });

    /// <summary>A follower forgets its leader, so that it may vote for another at once. No effect on a leader or with lease-based
    /// reads.</summary>
    public void ForgetLeader() => core.Step(new Message { Type = MessageType.ForgetLeader });

    /// <summary>Tells that the last message to a peer could not be delivered.</summary>
    public void ReportUnreachable(ulong id) => core.Step(new Message { Type = MessageType.Unreachable, From = id });

    /// <summary>Tells how sending a snapshot ended. Must be called for each snapshot message, or the follower stays without
    /// entries.</summary>
    public void ReportSnapshot(ulong id, SnapshotOutcome outcome) =>
        core.Step(new Message { Type = MessageType.SnapshotStatus, From = id, Reject = outcome == SnapshotOutcome.Failed });

    /// <summary>Where the node stands, with the configuration and, on a leader, every member.</summary>
    public Status Status()
    {
        SortedDictionary<ulong, ProgressStatus> progress = [];
        if (core.Role is Leader)
        {
            ReadOnlySpan<ulong> ids = core.Members.Ids;
            for (int i = 0; i < ids.Length; i++)
            {
                progress.Add(ids[i], StatusOf(core.Members.Members[i]));
            }
        }

        return new Status(BasicStatus, core.Configuration.ToConfState(), progress);
    }

    internal RaftCore Core => core;

    internal void SetRandomizedElectionTimeout(int ticks) => core.RandomizedElectionTimeout = ticks;

    private static ProgressStatus StatusOf(Progress progress) => new(
        progress.State,
        progress.Match,
        progress.Next,
        progress.IsLearner,
        progress.IsPaused,
        progress.PendingSnapshot,
        progress.RecentActive,
        progress.IsAnswering,
        progress.Inflights.Count,
        progress.Inflights.IsFull);

    private StepResult ProposeConfChange(EntryType type, byte[] data) =>
        core.Step(new Message { Type = MessageType.Propose, From = Id, Entries = new[] { new Entry(type, 0, 0, data) } });
}
