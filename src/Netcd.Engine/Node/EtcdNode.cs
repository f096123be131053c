using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Alarms;
using Netcd.Engine.Apply;
using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
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
public sealed partial class EtcdNode : IDisposable
{
    private readonly NodeStorage storage;
    private readonly NodeOptions options;
    private readonly RaftNode raft;
    private readonly ConsensusStage consensus;
    private readonly ApplyStage apply;
    private readonly AnswerStage answers;
    private readonly LogStage logStage;
    private readonly BackendStage backend;
    private readonly BackendWriter writer;
    private readonly LeaseStage leaseStage;
    private readonly RequestIds ids;
    private readonly ReplicatedState state;
    private readonly NodeTiming timing;
    private readonly ILogger log;
    private readonly ConditionCosts conditions = new();
    private int queuedProposals;
    private long queuedProposalBytes;
    private int isStopping;

    private EtcdNode(NodeStorage storage, NodeOptions options, NodeEnvironment environment)
    {
        this.storage = storage;
        this.options = options;
        state = storage.State;
        ids = new RequestIds(storage.MemberId, environment.Random);
        log = environment.Log;
        Refused = new RefusedMessages(log);
        Wiring wiring = new(this);
        timing = new NodeTiming(options.HeartbeatMilliseconds, options.ElectionMilliseconds, options.RequestTimeoutMilliseconds)
        {
            WasConnectedFor = WasConnectedFor,
        };
        raft = CreateRaft(storage, options, environment);
        writer = new BackendWriter(
            state,
            new BackendWriterOptions(
                options.BackendBatchIntervalMilliseconds,
                options.BackendBatchLimit,
                options.CompactionBatchLimit,
                options.CompactionSleepMilliseconds,
                options.SnapshotCount,
                options.SnapshotLogBytes),
            wiring,
            storage.ConsistentIndex,
            FirstLogIndex - 1);
        SnapshotKeeper keeper = new(storage.Snapshots, options.MaxSnapshots, options.MaxWals, environment.Log);
        consensus = new ConsensusStage(raft, storage.Log, storage.ConsistentIndex, IsOnlyVoter(), timing, ids, wiring);
        ApplyPosition start = new(storage.ConsistentIndex, storage.ConsistentTerm, storage.AppliedLogBytes);
        ApplyRules rules = new(options.MaxLearners, options.MinLeaseTtlSeconds);
        apply = new ApplyStage(state, writer, wiring, timing, start, rules, options.ApplyWorkPerStep, conditions, environment.Log);
        answers = new AnswerStage(timing);
        consensus.Senders.Introduce(options.Running?.Members.Select(static member => member.Id).ToArray() ?? []);
        logStage = new LogStage(storage.Wal, keeper, wiring.Respond, apply.Install, environment.Log);
        backend = new BackendStage(storage.Backend, environment.Seed, apply.Committed, apply.Opened, environment.Log);
        leaseStage = CreateLeaseStage();
        Watches = new WatchStage(state, new WatchSettings
        {
            FragmentBytes = options.MaxRequestBytes + Limits.RequestOverheadBytes,
            QueueBytes = options.WatchQueueBytes,
            ProgressMilliseconds = options.WatchProgressMilliseconds,
        });
        Stages = [consensus, apply, leaseStage, logStage, backend, Watches, answers];
    }

    /// <summary>The stages to run. Stages that do not block on the disk must be stepped by one thread.</summary>
    public IReadOnlyList<IStage> Stages { get; }

    /// <summary>What all messages of watches say about this member.</summary>
    public WatchHeader WatchHeader => new(ClusterId, MemberId);

    /// <summary>What is counted of watches.</summary>
    public WatchMetrics WatchMetrics => Watches.Metrics;

    /// <summary>Bytes that wait for watches' clients.</summary>
    public long WatchQueueBytes => Watches.Budget.Bytes;

    /// <summary>Tells watches what was changed.</summary>
    public WatchStage Watches { get; }

    /// <summary>This member's id.</summary>
    public ulong MemberId => storage.MemberId;

    /// <summary>The cluster's id.</summary>
    public ulong ClusterId => storage.ClusterId;

    /// <summary>The members and the cluster's version.</summary>
    public ClusterMembers Members => state.Members;

    /// <summary>The alarms raised.</summary>
    public AlarmTable Alarms => state.Alarms;

    /// <summary>Where raft stands.</summary>
    public RaftPosition Position => consensus.Position;

    /// <summary>The store's revision as readers see it.</summary>
    public long Revision => state.Store.Published.Revision;

    /// <summary>Size of the backend's file in bytes, as of its last commit.</summary>
    public long BackendSizeBytes => storage.Backend.File.SizeBytes;

    /// <summary>Bytes of it in use.</summary>
    public long BackendSizeInUseBytes => storage.Backend.File.SizeInUseBytes;

    /// <summary>The limits and names that it runs with.</summary>
    public NodeOptions Options => options;

    /// <summary>The state machine itself, for the simulation's checkers: to be looked at between two steps, never changed.</summary>
    internal RaftNode Raft => raft;

    /// <summary>Units of work that the apply stage has done, for the simulation.</summary>
    internal long ApplyWorkDone => apply.WorkDone;

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
        node.UpdatePeers();
        return node;
    }

    /// <summary>The response header's fields that are the same for all: who answers, and at which term.</summary>
    public ResponseHeader Header(long revision) => new()
    {
        ClusterId = ClusterId,
        MemberId = MemberId,
        RaftTerm = Position.Term,
        Revision = revision,
    };

    /// <summary>Sends a request through the log. Its outcome comes by <see cref="PendingRequest.Complete"/>.</summary>
    /// <returns>Why it was refused at once, or null.</returns>
    public EtcdError? Propose(PendingRequest request)
    {
        if (Volatile.Read(ref isStopping) != 0)
        {
            return EtcdErrors.Stopped;
        }

        RaftPosition position = Position;
        if (position.CommitIndex > position.AppliedIndex + Limits.MaxCommittedNotAppliedEntries)
        {
            return EtcdErrors.TooManyRequests;
        }

        request.Id = ids.Next();
        request.Request.Header = new RequestHeader { ID = request.Id };
        request.Encoded = request.Request.ToByteArray();
        if (request.Encoded.Length > options.MaxRequestBytes)
        {
            return EtcdErrors.RequestTooLarge;
        }

        request.ConditionCost = request.Request.Txn is { } txn ? CostOf(txn) : 0;
        if (request.ConditionCost > Limits.MaxComparedRecords)
        {
            return EtcdErrors.RequestTooLarge;
        }

        if (!conditions.TryAdd(request.ConditionCost))
        {
            return EtcdErrors.TooManyRequests;
        }

        if (!TryQueue(request.Encoded.Length))
        {
            conditions.Remove(request.ConditionCost);
            return EtcdErrors.TooManyRequests;
        }

        consensus.Propose(request);
        return null;
    }

    /// <summary>Whether a linearizable read may be answered from local state at once: see <see cref="ConfirmRead"/> otherwise.</summary>
    public bool IsReadableAtOnce => Position.IsReadableAtOnce;

    /// <summary>Has local state confirmed as current; <see cref="PendingRead.Complete"/> is called when it is.</summary>
    public void ConfirmRead(PendingRead read) => consensus.Read(read);

    /// <summary>Takes the store for reading; what is read from it is valid until the handle is disposed.</summary>
    public ReadHandle Acquire() => state.Acquire();

    /// <summary>Runs a checked Txn that writes nothing.</summary>
    /// <exception cref="AnswerTooLargeException">No message can hold the answer.</exception>
    public static ApplyResult ReadTxn(ReadHandle handle, TxnRequest request, CancellationToken cancellation = default) =>
        TxnApplier.Read(handle.State, request, cancellation);

    /// <summary>Why a checked Txn is refused for what its conditions cost, or null (<see cref="Limits.MaxComparedRecords"/>).</summary>
    public EtcdError? CheckCost(TxnRequest request) => CostOf(request) > Limits.MaxComparedRecords ? EtcdErrors.RequestTooLarge : null;

    /// <summary>Whether a Txn writes nothing, so that it need not go through the log.</summary>
    public static bool IsReadOnly(TxnRequest request) => TxnApplier.IsReadOnly(request);

    /// <summary>Whether all reads of a read-only Txn may be answered from local state.</summary>
    public static bool IsSerializable(TxnRequest request) => TxnApplier.IsSerializable(request);

    /// <summary>
    /// The HashKV sum up to a revision (0: the present one). At a revision that was compacted to it is the one noted then.
    /// </summary>
    /// <returns>An error for a compacted or future revision, else null.</returns>
    public EtcdError? HashKv(ReadHandle handle, long revision, out HashKVResponse response, CancellationToken cancellation = default)
    {
        if (state.Sums.TryGet(revision, out RecordedHash noted))
        {
            response = new HashKVResponse { Hash = noted.Hash, CompactRevision = noted.Previous, HashRevision = noted.Revision };
            return null;
        }

        EtcdError? error = StoreHash.HashKv(handle.State, revision, out uint hash, out long hashRevision, cancellation);
        response = new HashKVResponse { Hash = hash, CompactRevision = handle.State.CompactRevision, HashRevision = hashRevision };
        return error;
    }

    /// <summary>Has all that is applied written to the backend's file; the action runs when it is durable.</summary>
    public void ForceCommit(Action done) => apply.ForceCommit(done);

    /// <summary>
    /// Whether a request of that size still fits the quota. What a compaction has freed in the file is used again, so only
    /// what is in use counts: after deletions and a compaction there is room at once.
    /// </summary>
    public bool FitsQuota(long bytes) =>
        options.QuotaBytes < 0 || BackendSizeInUseBytes + bytes + Limits.QuotaRequestOverheadBytes <= QuotaBytes;

    /// <summary>
    /// Whether the disk has no room for what was written last: writes that need more are to be refused. It ends by itself when there is
    /// room.
    /// </summary>
    public bool LacksRoom => backend.LacksRoom || logStage.LacksRoom;

    /// <summary>The quota in bytes that is in force; 0 where there is none.</summary>
    public long QuotaBytes => options.QuotaBytes switch { < 0 => 0, 0 => Limits.QuotaBytes, _ => options.QuotaBytes };

    /// <summary>
    /// What the member publishes to the cluster once there is a leader: its name and URLs, and, where it is alone, the first
    /// cluster version; several members agree on that by what each can do.
    /// </summary>
    /// <param name="clusterVersion">The version that a new cluster starts with.</param>
    public IReadOnlyList<InternalRaftRequest> Announcements(string clusterVersion)
    {
        List<InternalRaftRequest> requests = [];
        Member? self = Members.Find(MemberId);
        if (self is null || self.Name != options.Name || !self.ClientUrls.SequenceEqual(options.AdvertiseClientUrls))
        {
            Protocol.Membershippb.ClusterMemberAttrSetRequest attributes = new()
            {
                MemberID = MemberId,
                MemberAttributes = new Protocol.Membershippb.Attributes { Name = options.Name },
            };
            attributes.MemberAttributes.ClientUrls.AddRange(options.AdvertiseClientUrls);
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
    public void BeginStop() => Volatile.Write(ref isStopping, 1);

    /// <summary>Ends what still waits, after the stages were stepped for the last time.</summary>
    public void FailPending()
    {
        consensus.FailAll(EtcdErrors.Stopped);
        apply.FailAll(EtcdErrors.Stopped);
        answers.FailAll(EtcdErrors.Stopped);
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
        });
        if (storage.Bootstrap.Count > 0)
        {
            raft.Bootstrap([.. storage.Bootstrap.Select(member => new Peer(member.Id, member.ToJson()))]);
        }

        return raft;
    }

    private bool IsOnlyMember => options.Running is null && options.InitialCluster.Count < 2 && Members.Members.Count < 2;

    private bool IsOnlyVoter() => storage.Bootstrap.Count > 0
        ? storage.Bootstrap is [Member only] && only.Id == MemberId
        : state.ConfState.Voters is [ulong voter] && voter == MemberId;

    private long CostOf(TxnRequest request) => TxnCost.OfConditions(state.Store.Published.Index, request);

    private bool TryQueue(int bytes)
    {
        int queued = Interlocked.Increment(ref queuedProposals);
        if (Interlocked.Add(ref queuedProposalBytes, bytes) > Limits.MaxQueuedProposalBytes || queued > Limits.MaxQueuedProposals)
        {
            Dequeue(1, bytes);
            return false;
        }

        return true;
    }

    private void Dequeue(int count, long bytes)
    {
        Interlocked.Add(ref queuedProposals, -count);
        Interlocked.Add(ref queuedProposalBytes, -bytes);
    }
}
