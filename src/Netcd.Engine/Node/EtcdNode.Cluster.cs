using System.Globalization;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Apply;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Peers;
using Netcd.Engine.Requests;
using Netcd.Engine.Snapshots;
using Netcd.Protocol.Errors;
using Netcd.Raft;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Node;

/// <content>One member among others: messages, snapshots, changes of the membership, leadership.</content>
public sealed partial class EtcdNode
{
    private IPeerTransport transport = NoPeers.Instance;
    private IReadOnlyList<Member> remotes = [];
    private int snapshotsOnTheirWay;
    private long incomingSnapshots;
    private int isRemoved;
    private long leaderChanges;
    private long failedProposals;
    private bool isLearner;

    /// <summary>Messages that were refused.</summary>
    internal RefusedMessages Refused { get; }

    private INodeChanges Changes { get; set; } = NoPeers.Instance;

    /// <summary>Whether this member leads.</summary>
    public bool IsLeader => Position.LeaderId == MemberId;

    /// <summary>Whether this member follows the log without a vote.</summary>
    public bool IsLearner => Volatile.Read(ref isLearner);

    /// <summary>Leaders that this member has seen since its start.</summary>
    public long LeaderChanges => Interlocked.Read(ref leaderChanges);

    /// <summary>Requests that were proposed and came to nothing.</summary>
    public long FailedProposals => Interlocked.Read(ref failedProposals);

    /// <summary>Requests that wait to be proposed.</summary>
    public int QueuedProposals => Volatile.Read(ref queuedProposals);

    /// <summary>The members, as they are reached.</summary>
    public IPeerTransport Peers => transport;

    /// <summary>Connects the node to the other members. Before its stages are stepped for the first time.</summary>
    public void Attach(IPeerTransport peers, INodeChanges changes)
    {
        transport = peers;
        Changes = changes;
        remotes = options.Running?.Members ?? [];
        UpdatePeers();
    }

    /// <summary>
    /// Takes a message of a peer, from any thread. One that is not meant for this member is dropped, and so is a proposal that no log may
    /// hold:
    /// a leader appends what it is sent.
    /// </summary>
    public void Receive(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        bool isForThis = message.To == MemberId && message.From != NodeId.None && message.From != MemberId
            && !IsStorage(message.From) && !Members.IsRemoved(message.From);
        string? fault = isForThis && message.Type == MessageType.Propose ? EntrySense.Fault(message.Entries.Span) : null;
        if (fault is not null)
        {
            Refused.Received(message, Reception.Impossible, fault, consensus.Senders.Now);
        }
        else if (!isForThis || !consensus.TryDeliverFromPeer(message))
        {
            log.LogDebug("dropped {Type} of member {From}", message.Type, HexId(message.From));
        }
    }

    /// <summary>Whether a message's sender may be a member; where it is unknown, what it sends decides.</summary>
    public bool IsKnown(ulong memberId) => Members.Find(memberId) is not null || consensus.Senders.IsIntroduced(memberId);

    /// <summary>Whether unknown senders are listened to at present.</summary>
    public bool ListensToStrangers => consensus.Senders.ListensToStrangers;

    /// <summary>Takes over who is a member, as reported by the members that the transport has asked; null where none of them has
    /// answered.</summary>
    public void Introduce(IReadOnlyCollection<ulong>? members) => consensus.Run(_ => consensus.Senders.Introduce(members));

    /// <summary>A message to a member did not arrive.</summary>
    public void ReportUnreachable(ulong memberId) => consensus.Run(raft => raft.ReportUnreachable(memberId));

    /// <summary>How the sending of a snapshot ended.</summary>
    public void ReportSnapshot(ulong memberId, bool hasArrived)
    {
        Interlocked.Decrement(ref snapshotsOnTheirWay);
        log.LogInformation("snapshot to member {MemberId} {Outcome}", HexId(memberId), hasArrived ? "arrived" : "failed");
        consensus.Run(raft => raft.ReportSnapshot(memberId, hasArrived ? SnapshotOutcome.Finished : SnapshotOutcome.Failed));
    }

    /// <summary>Begins to take a snapshot from a peer.</summary>
    /// <param name="message">The message that goes with the image.</param>
    /// <exception cref="ArgumentException">It is not meant for this member, or makes no sense.</exception>
    /// <exception cref="IOException">The disk is full or refuses.</exception>
    public IncomingSnapshot BeginSnapshot(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Type != MessageType.Snapshot || message.Snapshot is null or { IsEmpty: true } || message.To != MemberId)
        {
            throw new ArgumentException("no snapshot for this member", nameof(message));
        }

        if (RaftNode.FaultOf(message) is { } fault)
        {
            Refused.Received(message, Reception.Impossible, fault, consensus.Senders.Now);
            throw new ArgumentException(fault, nameof(message));
        }

        return new IncomingSnapshot(storage.Disk, storage.Backend, state.Seed, Interlocked.Increment(ref incomingSnapshots), message, Receive);
    }

    /// <summary>Sends a change of the membership through the log. Its outcome comes by <see cref="PendingRequest.Complete"/>.</summary>
    /// <param name="request">Who waits; its request is empty.</param>
    /// <param name="type">What to do.</param>
    /// <param name="memberId">To whom.</param>
    /// <param name="carried">What to add or update; null for a removal.</param>
    /// <returns>Why it was refused at once, or null.</returns>
    public EtcdError? ProposeChange(PendingRequest request, ConfChangeType type, ulong memberId, MemberChange? carried)
    {
        if (Volatile.Read(ref isStopping) != 0)
        {
            return EtcdErrors.Stopped;
        }

        request.Id = ids.Next();
        byte[] context = carried is null ? [] : type == ConfChangeType.UpdateNode ? carried.Member.ToJson() : carried.ToJson();
        request.Change = new ConfChange { Id = request.Id, Type = type, NodeId = memberId, Context = context };
        if (!TryQueue(0))
        {
            return EtcdErrors.TooManyRequests;
        }

        consensus.Propose(request);
        return null;
    }

    /// <summary>Asks the leader to hand over to another voter; who leads then shows in <see cref="Position"/>.</summary>
    public void TransferLeadership(ulong memberId) => consensus.Run(raft => raft.TransferLeader(memberId));

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

    private static string HexId(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>To the leader; for the leader itself, to a quorum. Without a leader it is unknown.</summary>
    private bool WasConnectedFor(long milliseconds)
    {
        ulong leader = Position.LeaderId;
        if (leader == 0)
        {
            return true;
        }

        bool IsConnected(ulong id) => id == MemberId || transport.ConnectedFor(id)?.TotalMilliseconds >= milliseconds;
        List<Member> voters = [.. Members.Members.Where(member => !member.IsLearner)];
        return leader == MemberId ? voters.Count(voter => IsConnected(voter.Id)) > voters.Count / 2 : IsConnected(leader);
    }

    /// <summary>Gives the transport its peers. A member that joins knows them from the running cluster, until the log says who they
    /// are.</summary>
    private void UpdatePeers()
    {
        ClusterMembers members = Members;
        Volatile.Write(ref isLearner, members.Find(MemberId)?.IsLearner ?? false);
        IEnumerable<Member> known = members.Members;
        if (members.Find(MemberId) is null)
        {
            known = known.Concat(remotes.Where(remote => members.Find(remote.Id) is null && !members.IsRemoved(remote.Id)));
        }

        transport.UpdatePeers(
            [.. known.Where(member => member.Id != MemberId).Select(member => new PeerAddress(member.Id, member.PeerUrls))],
            members.Removed);
        if (members.IsRemoved(MemberId) && Interlocked.Exchange(ref isRemoved, 1) == 0)
        {
            log.LogWarning("this member was removed from the cluster");
            Changes.OnRemoved();
        }
    }

    /// <summary>
    /// Sends the state as the backend's file has it: its index is that of the file, which is at least the one that raft asked for.
    /// </summary>
    private void SendSnapshot(Message request)
    {
        ReadHandle handle = Acquire();
        BackendView view = handle.State.View;
        BackendPosition position = BackendPosition.Read(view);
        Message message = request.Clone();
        message.Snapshot = new Snapshot
        {
            Metadata = new SnapshotMetadata { Index = position.Index, Term = position.Term, ConfState = position.ConfState },
            Data = SnapshotKeeper.EncodeMembers(ClusterMembers.Restore(view)),
        };
        Interlocked.Increment(ref snapshotsOnTheirWay);
        log.LogInformation("sending snapshot at index {Index} to member {MemberId}", position.Index, HexId(message.To));
        transport.SendSnapshot(message, new SnapshotImage(handle));
    }

    /// <summary>
    /// Lets go of the log behind a raft snapshot, but for what slow followers may still ask for; a member that is alone has none. While
    /// a snapshot is on its way nothing is dropped: its receiver will need what comes behind it, and keeps it until it has caught up.
    /// </summary>
    private void CompactLog(RaftSnapshot snapshot)
    {
        storage.Log.CreateSnapshot(snapshot.Index, snapshot.ConfState, default, out Snapshot _);
        if (Volatile.Read(ref snapshotsOnTheirWay) == 0)
        {
            ulong entries = Members.Members.Count > 1 ? options.SnapshotCatchUpEntries : 0;
            ulong point = storage.Log.CompactionPoint(snapshot.Index, entries, (ulong)options.SnapshotCatchUpBytes);
            ulong held = MatchedByAll();
            if (held < point)
            {
                ulong bound = storage.Log.CompactionPoint(snapshot.Index, ulong.MaxValue, (ulong)options.LaggingFollowerBytes);
                point = Math.Min(point, Math.Max(bound, held));
            }

            storage.Log.Compact(point);
        }
    }

    /// <summary>
    /// On the leader, the last entry that all members have that answer; no bound elsewhere. Right after a check of the quorum nothing has
    /// been heard from a slow one yet, so what was heard before counts too.
    /// </summary>
    private ulong MatchedByAll() => raft.Status().Progress.Values
        .Where(static member => member.IsAnswering)
        .Aggregate(ulong.MaxValue, static (held, member) => Math.Min(held, member.Match));

    /// <summary>A member that is alone: nothing is sent, and what would be is lost.</summary>
    private sealed class NoPeers : IPeerTransport, INodeChanges
    {
        public static NoPeers Instance { get; } = new();

        public void Send(Message message)
        {
        }

        public void SendSnapshot(Message message, ISnapshotImage image) => image.Dispose();

        public void UpdatePeers(IReadOnlyList<PeerAddress> others, IReadOnlyList<ulong> removed)
        {
        }

        public void AskForMembers()
        {
        }

        public TimeSpan? ConnectedFor(ulong memberId) => null;

        public void OnLeader(ulong leaderId, ulong term)
        {
        }

        public void OnRemoved()
        {
        }
    }
}
