namespace Netcd.Engine;

/// <summary>Every bound of the engine: its default, why it is that, and what happens when it is reached.</summary>
public static class Limits
{
    /// <summary>Bytes of a request as it enters the log; more is refused as too large. etcd's <c>--max-request-bytes</c>.</summary>
    public const int MaxRequestBytes = 1_572_864;

    /// <summary>What the transport accepts above <see cref="MaxRequestBytes"/>: etcd's allowance for framing.</summary>
    public const int RequestOverheadBytes = 512 * 1024;

    /// <summary>Operations of a transaction, per level; more is refused. etcd's <c>--max-txn-ops</c>.</summary>
    public const int MaxTxnOps = 128;

    /// <summary>Entries committed and not applied; beyond it new requests are refused with <c>too many requests</c>.</summary>
    public const int MaxCommittedNotAppliedEntries = 5_000;

    /// <summary>Requests that wait to be proposed; beyond it they are refused with <c>too many requests</c>. Each holds at most
    /// <see cref="MaxRequestBytes"/>; their sum is bounded by <see cref="MaxQueuedProposalBytes"/>.</summary>
    public const int MaxQueuedProposals = 20_000;

    /// <summary>Bytes that wait to be proposed; beyond it requests are refused with <c>too many requests</c>.</summary>
    public const long MaxQueuedProposalBytes = 256L << 20;

    /// <summary>Proposals that one step puts into the log: bounds the work between two looks at the inbox.</summary>
    public const int MaxProposalsPerStep = 1_024;

    /// <summary>Bytes of the proposals that one step puts into the log, the last one's beyond it: to a leader elsewhere they go
    /// as one message.</summary>
    public const int MaxProposalBytesPerStep = 1 << 20;

    /// <summary>
    /// Work of one step of the apply stage, in keys that are looked at or written: a few milliseconds. An entry that needs more goes on in
    /// the next steps; ticks, deadlines and leases come in between.
    /// </summary>
    public const int ApplyWorkPerStep = 2_000;

    /// <summary>Records that the conditions over intervals may have to read, those of one transaction (more is refused as too large) and of
    /// all
    /// that are on their way through this member's log (more is refused with <c>too many requests</c>): about a tenth of a second. They
    /// hold
    /// up all writes behind them, and a kilobyte of conditions over the whole store would cost minutes. etcd has no bound.</summary>
    public const long MaxComparedRecords = 200_000;

    /// <summary>Answers whose long parts are read side by side; further ones wait. Each holds in memory what is read of it.</summary>
    public const int AnswersReadAtATime = 4;

    /// <summary>Messages of peers that wait for raft; beyond it they are dropped, and raft sends again what it needs. etcd's
    /// receive buffer of a stream.</summary>
    public const int MaxQueuedPeerMessages = 4_096;

    /// <summary>Bytes that they hold, what each entry and message costs besides its data included; a message is taken while less
    /// wait.</summary>
    public const long MaxQueuedPeerMessageBytes = 256L << 20;

    /// <summary>Bytes that a message of a peer holds besides what it carries, roughly.</summary>
    public const int PeerMessageBytes = 256;

    /// <summary>Bytes that an entry of a message holds besides its data, roughly.</summary>
    public const int PeerEntryBytes = 64;

    /// <summary>Members that this one knows from others' answers and not from its own log. Clusters have seldom more than seven.</summary>
    public const int MaxIntroducedMembers = 64;

    /// <summary>Wait between two looks for who an unknown sender is: each asks the other members.</summary>
    public const int UnknownSenderMilliseconds = 250;

    /// <summary>Election timeouts without a leader after which votes are asked for by members that this one does not know: elections
    /// take one or two, so that something extraordinary is up.</summary>
    public const int LeaderlessElections = 10;

    /// <summary>How long none of the members that know the membership may be silent until an unknown sender is taken for a member:
    /// rather long, as a stranger is believed then, and only a member whose fellows were all replaced while it was away needs it.</summary>
    public const int SilenceMilliseconds = 300_000;

    /// <summary>Wait between two lines of the log about messages that are refused: who sends them sends many.</summary>
    public const int RefusalLogMilliseconds = 10_000;

    /// <summary>Leases whose end a new leader puts into one millisecond; more are put off to the next ones: 10,000 a second.
    /// etcd spreads them to 750 a second, as it revokes no more than 1,000.</summary>
    public const int LeaseExpirationsPerMillisecond = 10;

    /// <summary>Revocations of expired leases that are under way at a time; the others wait, so that a storm of them takes its
    /// turn among the clients' requests. etcd's is 16.</summary>
    public const int MaxLeaseRevocationsInFlight = 64;

    /// <summary>Keys of the leases that are being revoked at a time: one entry deletes all keys of its lease. One lease may have
    /// more.</summary>
    public const int MaxLeaseKeysInRevocation = 10_000;

    /// <summary>Entries of the leases' queue that one step looks at.</summary>
    public const int LeaseLooksPerStep = 1_000;

    /// <summary>Leases whose remaining time goes into one entry. etcd's batch.</summary>
    public const int LeasesPerCheckpoint = 1_000;

    /// <summary>How often the time left to a lease is noted, so that a new leader does not begin with its whole time. etcd's
    /// interval.</summary>
    public const int LeaseCheckpointMilliseconds = 300_000;

    /// <summary>Wait before a revocation that came to nothing is tried again. etcd's.</summary>
    public const int LeaseRevocationRetryMilliseconds = 3_000;

    /// <summary>Calls about leases that wait in the engine; beyond it they are refused with <c>too many requests</c>.</summary>
    public const int MaxWaitingLeaseCalls = 100_000;

    /// <summary>Leases that the engine's thread copies for lists of them, for each millisecond that it does not: about one in twenty of its
    /// time.</summary>
    public const int LeasesListedPerMillisecond = 5_000;

    /// <summary>Learners that a cluster may have. etcd's <c>--max-learners</c>.</summary>
    public const int MaxLearners = 1;

    /// <summary>Changes that make a commit of the backend due at once. etcd's <c>--backend-batch-limit</c>.</summary>
    public const int BackendBatchLimit = 10_000;

    /// <summary>Longest wait of a change for a commit of the backend. etcd's <c>--backend-batch-interval</c>.</summary>
    public const int BackendBatchIntervalMilliseconds = 100;

    /// <summary>Bytes of applied records that wait for the backend; beyond it apply pauses until a commit is through.</summary>
    public const long MaxPendingRecordBytes = 512L << 20;

    /// <summary>Keys of the index that a compaction walks in one step: about a tenth of a millisecond.</summary>
    public const int CompactionIndexKeysPerStep = 1_000;

    /// <summary>Records that a compaction sums up in one step, before it deletes: about two tenths of a millisecond.</summary>
    public const int CompactionSumRecordsPerStep = 1_000;

    /// <summary>Records that a compaction deletes in one commit. etcd's <c>--compaction-batch-limit</c>.</summary>
    public const int CompactionBatchLimit = 1_000;

    /// <summary>Pause between two such commits. etcd's <c>--compaction-sleep-interval</c>.</summary>
    public const int CompactionSleepMilliseconds = 10;

    /// <summary>Bytes that a defragmentation writes in one commit, one larger value apart: a few milliseconds of a disk's time, for
    /// which the commit behind it waits at the most.</summary>
    public const int DefragmentationBytesPerStep = 1 << 20;

    /// <summary>Leaves that one step of a defragmentation looks at: about four megabytes, which may have to come from the disk.</summary>
    public const int DefragmentationLeavesPerStep = 1_024;

    /// <summary>Longest pause between two steps of a defragmentation that somebody waits for, and the longest time for which commits
    /// that follow close upon each other keep its next step waiting.</summary>
    public const int DefragmentationPatienceMilliseconds = 1_000;

    /// <summary>Pause where older states that are still read hold all the room that a defragmentation could move pages to.</summary>
    public const int DefragmentationWaitMilliseconds = 20;

    /// <summary>How often it looks again before it ends with what it has reached: a second.</summary>
    public const int DefragmentationWaits = 50;

    /// <summary>How full the quota may be for the alarm NOSPACE to be lifted by <c>--quota-auto-recover</c>: the next writes are not to
    /// raise it again at once.</summary>
    public const int QuotaRecoveryPercent = 90;

    /// <summary>How often is looked whether there are so many free pages as <c>--auto-defrag-free-percent</c> says.</summary>
    public const int AutoDefragmentationLookMilliseconds = 10_000;

    /// <summary>Free bytes that are not worth a defragmentation by itself, whatever their share.</summary>
    public const long AutoDefragmentationLeastBytes = 1 << 20;

    /// <summary>What a defragmentation that nobody waits for writes in a second.</summary>
    public const int AutoDefragmentationBytesPerSecond = 16 << 20;

    /// <summary>Entries applied between two raft snapshots. etcd's <c>--snapshot-count</c>.</summary>
    public const ulong SnapshotCount = 10_000;

    /// <summary>Entries kept in memory behind a snapshot for followers that lag a little. etcd's
    /// <c>--snapshot-catchup-entries</c>.</summary>
    public const ulong SnapshotCatchUpEntries = 5_000;

    /// <summary>Bytes of entries after which a raft snapshot is due before <see cref="SnapshotCount"/> is reached: a start reads what is
    /// behind the newest one into memory.</summary>
    public const long SnapshotLogBytes = 64L << 20;

    /// <summary>Bytes of the entries kept in memory behind a snapshot for followers that are away; one that lags by more is sent the whole
    /// store. Large values would make 5,000 entries gigabytes.</summary>
    public const long SnapshotCatchUpBytes = 128L << 20;

    /// <summary>Bytes of the entries that a leader keeps for a follower that answers and is behind. Else one that was sent the whole store
    /// could find the log gone again that was written meanwhile, and would be sent the store for ever.</summary>
    public const long LaggingFollowerBytes = 512L << 20;

    /// <summary>The backend's quota where none is set.</summary>
    public const long QuotaBytes = 2L << 30;

    /// <summary>What a request costs of the quota above its own size: keys, revisions and pages it makes.</summary>
    public const long QuotaRequestOverheadBytes = 256;

    /// <summary>Bytes of messages that wait for a watch stream's client; watches that find no room read from history once half of
    /// it is sent. A client that does not read costs no more than that, its connection's buffers besides.</summary>
    public const long WatchQueueBytes = 4L << 20;

    /// <summary>Bytes of messages that wait for all watch streams; beyond it each stream holds one batch at a time.</summary>
    public const long WatchQueueBytesInAll = 256L << 20;

    /// <summary>Requests of a watch stream that wait for the watch stage; its client is read from no further meanwhile.</summary>
    public const int WatchOpenRequests = 1_024;

    /// <summary>Messages for which an emptied queue of a watch stream keeps its room: an idle stream is to cost little.</summary>
    public const int WatchMessagesKept = 64;

    /// <summary>Changes that watches look at in one step: well below a millisecond.</summary>
    public const int WatchRecordsPerStep = 1_000;

    /// <summary>Bytes of the changes in one step, the last revision's beyond it: what one message holds at the most.</summary>
    public const long WatchBytesPerStep = 512 * 1024;

    /// <summary>Watches that read history together.</summary>
    public const int WatchesPerCohort = 4_096;

    /// <summary>Parts of the history that are read side by side; further watches wait for one of them to be through.</summary>
    public const int WatchCohorts = 4;

    /// <summary>Pause between two progress notifications of a watch without events. etcd's
    /// <c>--watch-progress-notify-interval</c>.</summary>
    public const long WatchProgressMilliseconds = 10 * 60 * 1000;

    /// <summary>Records that a long read passes between two looks whether somebody still waits for it: about a tenth of a
    /// millisecond.</summary>
    public const int RecordsPerLook = 1_024;

    /// <summary>Bytes of records in the answer to a transaction that only reads: more is refused before it is copied, as no message could
    /// hold it.</summary>
    public const long TxnAnswerBytes = int.MaxValue;

    /// <summary>Milliseconds between two tries for room that a full disk did not have. Shorter ones would only burden the disk.</summary>
    public const int RoomRetryMilliseconds = 500;

    /// <summary>Nanoseconds after which an entry or a range counts as slow unless the operator says otherwise: etcd's 100 ms.</summary>
    public const long SlowApplyNanoseconds = 100_000_000;
}
