using Microsoft.Extensions.Logging;
using Netcd.Engine.Alarms;
using Netcd.Engine.Apply;
using Netcd.Engine.Auth;
using Netcd.Engine.Leases;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Node.Stages;
using Netcd.Engine.Peers;
using Netcd.Engine.Requests;
using Netcd.Engine.Scheduling;
using Netcd.Engine.Snapshots;
using Netcd.Engine.Starting;
using Netcd.Engine.State;
using Netcd.Engine.Watching;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Storage.Disk;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Node;

/// <summary>
/// One member: the stages of its engine wired together, and the door through which requests come in. It owns no thread:
/// who opened it runs its <see cref="Stages"/> until it is closed.
/// </summary>
public sealed class EtcdNode : IDisposable
{
    private readonly NodeStorage storage;
    private readonly RaftNode raft;
    private readonly ConsensusPort consensus = new();
    private readonly ConsensusStage consensusStage;
    private readonly ApplyStage applyStage;
    private readonly AnswerStage answerStage;
    private readonly LeaseStage leaseStage;
    private readonly ReplicatedState state;
    private readonly PeerLinks links;

    /// <remarks>
    /// First the ports, which know nothing of each other; then the stages, each with its own port and those of the stages that it speaks
    /// to; then what callers see of them.
    /// </remarks>
    private EtcdNode(NodeStorage storage, NodeOptions options, NodeEnvironment environment)
    {
        this.storage = storage;
        Options = options;
        state = storage.State;
        Metrics = new NodeMetrics(environment.Clock)
        {
            Flushes = options.TimesRequests ? new FlushTimes(environment.Clock) : null,
        };
        SlowRequests = new SlowRequests(options.SlowApplyNanoseconds, Metrics.Apply.Slow, environment.Log);
        ILogger log = environment.Log;
        RequestIds ids = new(storage.MemberId, environment.Random);
        raft = CreateRaft(storage, options, environment);
        links = new PeerLinks(storage.MemberId, state, log);
        NodeTiming timing = new(options.HeartbeatMilliseconds, options.ElectionMilliseconds, options.RequestTimeoutMilliseconds, links);
        LeaseCheckpoints checkpoints = new(options.LeaseCheckpoints, state);
        OutgoingSnapshots snapshots = new(state, links, log);
        (ApplyPort apply, LogPort logs, BackendPort backend) = (new ApplyPort(), new LogPort(), new BackendPort());
        (LeasePort leases, AnswerPort answers, WatchPort watches) = (new LeasePort(), new AnswerPort(), new WatchPort());
        Proposals = new ProposalQueue(
            consensus, logs, ids, state, options.MaxRequestBytes, options.PrefersRevocations, environment.Clock);
        StorageResponses responses = new(storage.MemberId, consensus, links);

        ConsensusOutputs proposed = new(Proposals, logs, apply, leases, links, snapshots);
        LogCompaction compaction = new(raft, storage.Log, state, snapshots, CompactionLimits(options));
        consensusStage = new ConsensusStage(
            raft, storage.Log, storage.ConsistentIndex, IsOnlyVoter(), timing, ids, consensus, proposed, compaction,
            Metrics.Consensus, log);
        consensusStage.Senders.Introduce(options.Running?.Members.Select(static member => member.Id).ToArray() ?? []);

        ApplyOutputs applied = new(consensus, responses, logs, backend, leases, watches, answers, links);
        DefragmentationTurns defragmentation = new(state, backend, options.AutoDefragFreePercent, log);
        BackendWriter writer = new(
            state, WriterOptions(options), applied, defragmentation, Metrics, log, storage.ConsistentIndex, FirstLogIndex - 1);
        ApplyPosition start = new(storage.ConsistentIndex, storage.ConsistentTerm, storage.AppliedLogBytes);
        ApplyRules rules = new(options.MaxLearners, options.MinLeaseTtlSeconds);
        applyStage = new ApplyStage(
            state, writer, apply, applied, timing, start, rules, options.ApplyWorkPerStep, Proposals,
            environment.AuthEvents, Metrics, SlowRequests, log);

        SnapshotKeeper keeper = new(storage.Snapshots, options.MaxSnapshots, options.MaxWals, log);
        LogStage logStage = new(storage.Wal, keeper, logs, apply, responses, Metrics.Flushes, log);
        BackendStage backendStage = new(storage.Backend, environment.Seed, backend, apply, Metrics, log);
        LeaseOutputs decided = new(consensus, Proposals, checkpoints, answers);
        leaseStage = new LeaseStage(state, ClockOf(options), storage.MemberId, timing, leases, decided, log);
        answerStage = new AnswerStage(answers, timing);
        Watches = new WatchStage(state, WatchSettingsOf(options), watches);
        Stages = [consensusStage, applyStage, leaseStage, logStage, backendStage, Watches, answerStage];

        Reads = new NodeReads(state, consensus);
        Leases = new NodeLeases(state, ids, leases, checkpoints, Proposals);
        Backend = new NodeBackend(storage.Backend, backendStage, logs, apply, options.QuotaBytes);
        Peers = new NodePeers(storage, consensus, consensusStage.Senders, links, snapshots, options.Running?.Members ?? [], log);
    }

    /// <summary>The stages to run. Stages that do not block on the disk must be stepped by one thread.</summary>
    public IReadOnlyList<IStage> Stages { get; }

    /// <summary>What is counted and measured of it.</summary>
    public NodeMetrics Metrics { get; }

    /// <summary>Logs what takes long.</summary>
    public SlowRequests SlowRequests { get; }

    /// <summary>The limits and names that it runs with.</summary>
    public NodeOptions Options { get; }

    /// <summary>The way of requests into the log.</summary>
    public ProposalQueue Proposals { get; }

    /// <summary>Reading the store.</summary>
    public NodeReads Reads { get; }

    /// <summary>Leases: what does not go through the log.</summary>
    public NodeLeases Leases { get; }

    /// <summary>Sends changes to watches.</summary>
    public WatchStage Watches { get; }

    /// <summary>The backend's file.</summary>
    public NodeBackend Backend { get; }

    /// <summary>The other members.</summary>
    public NodePeers Peers { get; }

    /// <summary>This member's id.</summary>
    public MemberId MemberId => storage.MemberId;

    /// <summary>The cluster's id.</summary>
    public ulong ClusterId => storage.ClusterId;

    /// <summary>The members and the cluster's version.</summary>
    public ClusterMembers Members => state.Members;

    /// <summary>The alarms raised.</summary>
    public AlarmTable Alarms => state.Alarms;

    /// <summary>Users and roles, and whether they count.</summary>
    public AuthTable Auth => state.Auth;

    /// <summary>Where raft stands.</summary>
    public RaftPosition Position => consensus.Position;

    /// <summary>Whether this member leads.</summary>
    public bool IsLeader => Position.LeaderId == MemberId;

    /// <summary>Whether this member follows the log without a vote.</summary>
    public bool IsLearner => links.IsLearner;

    /// <summary>The store's revision as readers see it.</summary>
    public long Revision => state.Store.Published.Revision;

    /// <summary>The revision that it is compacted to; -1 where it never was.</summary>
    public long CompactRevision => state.Store.Published.CompactRevision;

    /// <summary>Keys that have a value.</summary>
    public long KeyCount => state.Store.Published.Index.LiveCount;

    /// <summary>The state machine itself, for the simulation's checkers: to be looked at between two steps, never changed.</summary>
    internal RaftNode Raft => raft;

    /// <summary>Units of work that the apply stage has done, for the simulation.</summary>
    internal long ApplyWorkDone => applyStage.WorkDone;

    /// <summary>Whether the start found a backend that did not agree with the log, for the simulation's checkers.</summary>
    internal bool HasPutBackendRight => storage.HasPutBackendRight;

    /// <summary>The first entry that is held in memory.</summary>
    internal ulong FirstLogIndex => storage.Log.FirstIndex;

    /// <summary>Opens the data directory, or makes it for a new cluster.</summary>
    /// <param name="options">What the operator asked for.</param>
    /// <param name="disk">The file system.</param>
    /// <param name="environment">Randomness and log.</param>
    /// <exception cref="NodeStartException">The directory cannot be used; the message says why.</exception>
    public static EtcdNode Open(NodeOptions options, IDisk disk, NodeEnvironment environment)
    {
        EtcdNode node = new(NodeStorage.Open(options, disk, environment), options, environment);
        node.links.Update();
        return node;
    }

    /// <summary>A response's header: who answers, at which term, and the revision.</summary>
    public ResponseHeader Header(long revision)
    {
        ResponseHeader header = new() { Revision = revision };
        Complete(header);
        return header;
    }

    /// <summary>Fills in the fields of a header that are the same for all responses: who answers, and at which term.</summary>
    public void Complete(ResponseHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        header.ClusterId = ClusterId;
        header.MemberId = MemberId;
        header.RaftTerm = Position.Term;
    }

    /// <summary>
    /// What the member publishes to the cluster once there is a leader: its name and URLs, and, where it is alone, the first
    /// cluster version; several members agree on that by what each can do.
    /// </summary>
    /// <param name="clusterVersion">The version that a new cluster starts with.</param>
    public IReadOnlyList<InternalRaftRequest> Announcements(string clusterVersion)
    {
        List<InternalRaftRequest> requests = [];
        Member? self = Members.Find(MemberId);
        if (self is null || self.Name != Options.Name || !self.ClientUrls.SequenceEqual(Options.AdvertiseClientUrls))
        {
            Protocol.Membershippb.ClusterMemberAttrSetRequest attributes = new()
            {
                MemberID = MemberId,
                MemberAttributes = new Protocol.Membershippb.Attributes { Name = Options.Name },
            };
            attributes.MemberAttributes.ClientUrls.AddRange(Options.AdvertiseClientUrls);
            requests.Add(new InternalRaftRequest { ClusterMemberAttrSet = attributes });
        }

        if (Members.ClusterVersion is null && IsOnlyMember)
        {
            requests.Add(new InternalRaftRequest
            {
                ClusterVersionSet = new Protocol.Membershippb.ClusterVersionSetRequest { Ver = clusterVersion },
            });
        }

        return requests;
    }

    /// <summary>Refuses new requests from now on.</summary>
    public void BeginStop() => Proposals.Stop();

    /// <summary>Ends what still waits, after the stages were stepped for the last time.</summary>
    public void FailPending()
    {
        consensusStage.FailAll(EtcdErrors.Stopped);
        applyStage.FailAll(EtcdErrors.Stopped);
        answerStage.FailAll(EtcdErrors.Stopped);
        leaseStage.FailAll(EtcdErrors.Stopped);
    }

    /// <summary>Closes the files; the stages must not be stepped any more.</summary>
    public void Dispose() => storage.Dispose();

    private static RaftNode CreateRaft(NodeStorage storage, NodeOptions options, NodeEnvironment environment)
    {
        RaftNode raft = new(new RaftConfig
        {
            Id = storage.MemberId,
            ElectionTick = Math.Max(2, options.ElectionMilliseconds / options.HeartbeatMilliseconds),
            HeartbeatTick = 1,
            Storage = storage.Log,
            Random = environment.Random,
            Applied = storage.ConsistentIndex,
            AsyncStorageWrites = true,
            MaxSizePerMessage = 512 * 1024,
            MaxInflightMessages = 512,
            CheckQuorum = true,
            PreVote = options.PreVote,
            StepDownOnRemoval = true,
            SharedReadRounds = true,
        });
        if (storage.Bootstrap.Count > 0)
        {
            raft.Bootstrap([.. storage.Bootstrap.Select(member => new Peer(member.Id, member.ToJson()))]);
        }

        return raft;
    }

    private static LogCompactionLimits CompactionLimits(NodeOptions options) =>
        new(options.SnapshotCatchUpEntries, options.SnapshotCatchUpBytes, options.LaggingFollowerBytes);

    private static BackendWriterOptions WriterOptions(NodeOptions options) => new(
        options.BackendBatchIntervalMilliseconds,
        options.BackendBatchLimit,
        options.CompactionBatchLimit,
        options.CompactionSleepMilliseconds,
        options.SnapshotCount,
        options.SnapshotLogBytes);

    private static LeaseClock ClockOf(NodeOptions options) => new(new LeaseClockOptions(
        options.MinLeaseTtlSeconds, options.ElectionMilliseconds, options.LeaseCheckpointMilliseconds));

    private static WatchSettings WatchSettingsOf(NodeOptions options) => new()
    {
        FragmentBytes = options.MaxRequestBytes + Limits.RequestOverheadBytes,
        QueueBytes = options.WatchQueueBytes,
        ProgressMilliseconds = options.WatchProgressMilliseconds,
    };

    private bool IsOnlyMember => Options.Running is null && Options.InitialCluster.Count < 2 && Members.Members.Count < 2;

    private bool IsOnlyVoter() => storage.Bootstrap.Count > 0
        ? storage.Bootstrap is [Member only] && only.Id == MemberId
        : state.ConfState.Voters is [ulong voter] && voter == MemberId;
}
