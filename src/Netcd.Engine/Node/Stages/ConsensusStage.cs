using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Peers;
using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;
using Netcd.Engine.Snapshots;
using Netcd.Protocol.Errors;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Raft: takes proposals, reads, peers' messages and storage's answers in, hands entries to the log, committed ones to
/// apply, messages to the transport.
/// </summary>
internal sealed class ConsensusStage : IStage
{
    private readonly RaftNode raft;
    private readonly MemoryLogStorage storage;
    private readonly NodeTiming timing;
    private readonly ConsensusPort port;
    private readonly ConsensusOutputs outputs;
    private readonly LogCompaction compaction;
    private readonly PeerReception peers;
    private readonly ReadConfirmation confirmation;
    private readonly ConsensusMetrics metrics;
    private readonly ILogger log;
    private readonly Queue<PendingRequest> queued = [];
    private readonly List<PendingRequest> accepted = [];
    private readonly List<ReadOnlyMemory<byte>> payloads = [];
    private TickSchedule ticks;
    private long nextExpiry = long.MinValue;
    private ulong applied;
    private ulong appliedTerm;
    private bool isOnlyVoter;
    private ulong leaderSeen;

    // What the log has to answer to this member for what it was asked to write.
    private int appendAnswers;

    public ConsensusStage(
        RaftNode raft,
        MemoryLogStorage storage,
        ulong applied,
        bool isOnlyVoter,
        NodeTiming timing,
        RequestIds ids,
        ConsensusPort port,
        ConsensusOutputs outputs,
        LogCompaction compaction,
        ConsensusMetrics metrics,
        ILogger log)
    {
        this.log = log;
        confirmation = new ReadConfirmation(ids, timing, metrics);
        this.metrics = metrics;
        this.port = port;
        this.compaction = compaction;
        this.raft = raft;
        this.storage = storage;
        this.applied = applied;
        this.timing = timing;
        this.outputs = outputs;
        this.isOnlyVoter = isOnlyVoter;
        Senders = new KnownSenders(raft, storage, () => this.applied, timing.ElectionMilliseconds, outputs.Peers.AskForMembers);
        peers = new PeerReception(raft, Senders, port.PeerMessages, outputs.Peers.Refused);
        ticks = new TickSchedule(timing.TickMilliseconds);
        port.Position = Observe(RaftPosition.None);
    }

    public string Name => "consensus";

    public bool BlocksOnDisk => false;

    public int Waiting => port.Waiting;

    /// <summary>Whose messages are taken; to be changed on this stage's thread.</summary>
    public KnownSenders Senders { get; }

    public void SetWaker(Action wake) => port.SetWaker(wake);

    public long Step(long nowMilliseconds)
    {
        Tick(nowMilliseconds);
        foreach (ConsensusCommand command in port.Commands.Drain())
        {
            Carry(command);
        }

        foreach (Message message in port.Responses.Drain())
        {
            appendAnswers -= message.Type == MessageType.StorageApplyResponse ? 0 : 1;
            Handle(message);
        }

        peers.Step(nowMilliseconds);
        CampaignAlone();
        bool isMore = Propose(nowMilliseconds);
        foreach (PendingRead read in port.Reads.Drain())
        {
            read.DeadlineMilliseconds = nowMilliseconds + timing.WaitOf(read.TimeoutMilliseconds);
            confirmation.Add(read);
        }

        AskForReads(nowMilliseconds);
        while (raft.HasReady)
        {
            Handle(raft.Ready());
        }

        // An answer frees the place of the next question: reads that came in meanwhile must not wait for a tick.
        AskForReads(nowMilliseconds);
        isMore |= raft.HasReady;

        // While a question is on its way, reads that come in wait for the next one: the answer wakes this stage, and they need not.
        isMore |= port.Reads.SetQuiet(confirmation.IsAsking);

        // So do proposals while the log is written: they could not be written any sooner, and go on together.
        isMore |= port.Proposals.SetQuiet(appendAnswers > 0);
        ObserveLeader(nowMilliseconds);
        port.Position = Observe(port.Position);
        return isMore ? nowMilliseconds : Math.Min(ticks.Next, Math.Min(nextExpiry, confirmation.NextDeadline));
    }

    /// <summary>Ends what waits: the node stops.</summary>
    public void FailAll(EtcdError error)
    {
        foreach (PendingRequest request in port.Proposals.Drain().Concat(queued))
        {
            outputs.Proposals.Drop(request, error);
        }

        foreach (PendingRead read in port.Reads.Drain())
        {
            read.Complete(error);
        }

        confirmation.FailAll(error);
    }

    private void Carry(ConsensusCommand command)
    {
        switch (command)
        {
            case ConsensusCommand.Run run:
                run.Action(raft);
                break;
            case ConsensusCommand.Reconfigure reconfigure:
                Adopt(raft.ApplyConfChange(reconfigure.Change));
                break;
            case ConsensusCommand.Compact compact:
                compaction.Compact(compact.Snapshot);
                break;
        }
    }

    private void Tick(long now)
    {
        if (nextExpiry == long.MinValue)
        {
            nextExpiry = now + NodeTiming.ExpiryMilliseconds;
        }

        long due = ticks.Next;
        if (ticks.IsDue(now))
        {
            if (now - due >= timing.TickMilliseconds && !isOnlyVoter && raft.BasicStatus.SoftState.Role == RaftRole.Leader)
            {
                NoteLateHeartbeats(now - due - timing.TickMilliseconds);
            }

            raft.Tick();
        }

        if (now >= nextExpiry)
        {
            confirmation.Expire(now);
            ExpireQueued(now);
            nextExpiry = now + NodeTiming.ExpiryMilliseconds;
        }
    }

    /// <summary>Where the image is of no use to the receiver yet, raft tries again at its next heartbeat.</summary>
    private void SendSnapshot(Message message)
    {
        ulong receiver = message.To;
        if (!outputs.Snapshots.TrySend(message))
        {
            port.Run(raft => raft.ReportSnapshot(receiver, SnapshotOutcome.Failed));
        }
    }

    /// <summary>Each other member waits twice as long as it should for a heartbeat, and longer by so much.</summary>
    private void NoteLateHeartbeats(long exceededMilliseconds)
    {
        TimeSpan interval = TimeSpan.FromMilliseconds(timing.TickMilliseconds);
        foreach (ulong other in raft.Status().Progress.Keys.Where(other => other != raft.Id))
        {
            metrics.LateHeartbeats.Increment();
            log.SentHeartbeatLate(new HexId(other), interval, 2 * interval, TimeSpan.FromMilliseconds(exceededMilliseconds));
        }
    }

    private void Handle(Message message)
    {
        if (message.Type == MessageType.StorageApplyResponse && !message.Entries.IsEmpty)
        {
            Entry last = message.Entries.Span[^1];
            applied = Math.Max(applied, last.Index);
            appliedTerm = last.Term;
            confirmation.Applied(applied);
        }

        if (message.Type == MessageType.StorageAppendResponse && message.Snapshot is { } snapshot)
        {
            applied = snapshot.Metadata.Index;
            appliedTerm = snapshot.Metadata.Term;
            confirmation.Applied(applied);
            Adopt(snapshot.Metadata.ConfState);
        }

        raft.Step(message);
    }

    private void Adopt(ConfState confState) =>
        isOnlyVoter = confState.Voters is [ulong voter] && voter == raft.Id && confState.VotersOutgoing.Count == 0;

    private void ObserveLeader(long now)
    {
        ulong leader = raft.BasicStatus.SoftState.Leader;
        if (leader == leaderSeen)
        {
            return;
        }

        leaderSeen = leader;
        if (leader != NodeId.None)
        {
            timing.LeaderElectedMilliseconds = now;
        }

        confirmation.LeaderChanged();
        outputs.Leases.LeaderChanged();
        outputs.Peers.LeaderChanged(new MemberId(leader), raft.BasicStatus.HardState.Term);
    }

    /// <summary>Puts queued proposals into the log, as one append; true where more wait.</summary>
    private bool Propose(long now)
    {
        foreach (PendingRequest request in port.Proposals.Drain())
        {
            request.StartMilliseconds = now;
            request.DeadlineMilliseconds = now + timing.WaitOf(request.TimeoutMilliseconds);
            queued.Enqueue(request);
        }

        // Without a leader requests wait: an election is shorter than what a caller is ready to wait.
        if (queued.Count == 0 || raft.BasicStatus.SoftState.Leader == NodeId.None)
        {
            return false;
        }

        int bytes = 0;
        ConfChange? change = null;
        while (accepted.Count < Limits.MaxProposalsPerStep && bytes < Limits.MaxProposalBytesPerStep
            && change is null && queued.TryDequeue(out PendingRequest? request))
        {
            if (!MayPropose(request))
            {
                outputs.Proposals.Drop(request, EtcdErrors.NotLeader);
                continue;
            }

            change = request.Change;
            accepted.Add(request);
            if (change is null)
            {
                payloads.Add(request.Encoded);
                bytes += request.Encoded.Length;
            }
        }

        // Registered before it is proposed: the entry may be applied in this very step.
        outputs.Proposals.Taken(accepted);
        outputs.Apply.Register(accepted);
        int plain = payloads.Count;
        if (raft.Propose(CollectionsMarshal.AsSpan(payloads)) != StepResult.Ok)
        {
            Reject(0, plain);
        }

        if (change is not null && raft.ProposeConfChange(change) != StepResult.Ok)
        {
            Reject(plain, 1);
        }

        accepted.Clear();
        payloads.Clear();
        return queued.Count > 0;
    }

    private bool MayPropose(PendingRequest request)
    {
        BasicStatus status = raft.BasicStatus;
        return request.OnlyInTerm == 0
            || (status.SoftState.Role == RaftRole.Leader && status.HardState.Term == request.OnlyInTerm);
    }

    private void Reject(int first, int count)
    {
        foreach (PendingRequest request in CollectionsMarshal.AsSpan(accepted).Slice(first, count))
        {
            outputs.Proposals.CountFailed();
            outputs.Apply.Reject(request, EtcdErrors.TooManyRequests);
        }
    }

    /// <summary>
    /// Nobody else could win: waiting for an election timeout would only delay the start. Raft refuses until the changes of
    /// the configuration that are committed have been applied, so it is asked again with each step.
    /// </summary>
    private void CampaignAlone()
    {
        // A candidate waits for its own vote to be on the disk: another campaign would only start it anew.
        if (isOnlyVoter && raft.BasicStatus.SoftState is { Leader: NodeId.None, Role: RaftRole.Follower })
        {
            raft.Campaign();
        }
    }

    /// <summary>Gives up the requests that waited for a leader too long; one that waits for longer may stand before them.</summary>
    private void ExpireQueued(long now)
    {
        for (int i = queued.Count; i > 0; i--)
        {
            PendingRequest request = queued.Dequeue();
            if (now >= request.DeadlineMilliseconds)
            {
                bool hasLeader = raft.BasicStatus.SoftState.Leader != NodeId.None;
                outputs.Proposals.Drop(request, timing.ExpiryBeforeProposal(request, now, hasLeader));
            }
            else
            {
                queued.Enqueue(request);
            }
        }
    }

    private void AskForReads(long now)
    {
        // A new leader knows what is committed only when an entry of its own term is (Raft thesis, section 6.4). Raft holds
        // questions back until then, but for a member that is alone, whose stored commit index may be older than what it
        // has acknowledged.
        BasicStatus status = raft.BasicStatus;
        if (status.SoftState.Leader == raft.Id && appliedTerm != status.HardState.Term)
        {
            return;
        }

        byte[]? question = confirmation.NextQuestion(now);
        if (question is not null)
        {
            raft.ReadIndex(question);
        }
    }

    private void Handle(Ready ready)
    {
        foreach (ReadState read in ready.ReadStates)
        {
            confirmation.Confirm(read.Context.Span, read.Index, applied);
        }

        foreach (Message message in ready.Messages)
        {
            switch (message.Type)
            {
                case MessageType.StorageAppend:
                    if (message.Snapshot is { } snapshot)
                    {
                        storage.ApplySnapshot(snapshot);
                    }

                    storage.Append(message.Entries.Span);
                    appendAnswers += message.Responses.Count(response => response.To == raft.Id);
                    outputs.Log.Append(WithVotesAsked(message, ready.Messages));
                    break;
                case MessageType.Vote when ready.Messages.Any(static other => other.Type == MessageType.StorageAppend):
                    break;
                case MessageType.Vote:
                    throw new InvalidOperationException("a vote is asked for and the candidate's own is not written with it");
                case MessageType.StorageApply:
                    outputs.Apply.Apply(message);
                    break;
                case MessageType.Snapshot:
                    SendSnapshot(message);
                    break;
                default:
                    outputs.Peers.Send(message);
                    break;
            }
        }
    }

    /// <summary>
    /// A candidate asks for votes when its own term and vote are on the disk. The others' votes may be a quorum without its own:
    /// a leader that loses its term in a crash could be elected again in the same term, and put other entries at the same places.
    /// The step that makes a member a candidate changes its hard state, so both come in one <see cref="Ready"/>.
    /// </summary>
    private static Message WithVotesAsked(Message append, IReadOnlyList<Message> messages)
    {
        List<Message> votes = [.. messages.Where(static message => message.Type == MessageType.Vote)];
        if (votes.Count == 0)
        {
            return append;
        }

        Message held = append.Clone();
        held.Responses = [.. append.Responses, .. votes];
        return held;
    }

    /// <summary>
    /// Reads need not come through the inbox where raft's answer is known beforehand: the only voter, leading, with an entry
    /// of its term applied, is given its own commit index, and whatever was acknowledged is in the published state already.
    /// </summary>
    private RaftPosition Observe(RaftPosition before)
    {
        BasicStatus status = raft.BasicStatus;
        ulong leader = status.SoftState.Leader;
        ulong term = status.HardState.Term;
        bool isReadable = isOnlyVoter && leader == raft.Id && appliedTerm == term;
        RaftPosition seen = new(new MemberId(leader), term, status.HardState.Commit, applied, appliedTerm, isReadable);
        return seen == before ? before : seen;
    }
}
