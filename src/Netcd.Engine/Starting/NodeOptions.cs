
namespace Netcd.Engine.Starting;

/// <summary>What a node is started with. Defaults are etcd's.</summary>
public sealed record NodeOptions
{
    /// <summary>The member's name.</summary>
    public required string Name { get; init; }

    /// <summary>The data directory; <c>member/</c> is made in it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where the write-ahead log lies, or null for <c>member/wal</c> in the data directory.</summary>
    public string? WalDirectory { get; init; }

    /// <summary>The members that a new cluster starts with: name and peer URLs, this one among them.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> InitialCluster { get; init; }

    /// <summary>Goes into the ids, so that clusters made from the same URLs differ.</summary>
    public string InitialClusterToken { get; init; } = "etcd-cluster";

    /// <summary>The URLs at which clients reach this member, as it advertises them.</summary>
    public required IReadOnlyList<string> AdvertiseClientUrls { get; init; }

    /// <summary>Raft's heartbeat interval in milliseconds.</summary>
    public int HeartbeatMilliseconds { get; init; } = 100;

    /// <summary>Raft's election timeout in milliseconds.</summary>
    public int ElectionMilliseconds { get; init; } = 1_000;

    /// <summary>Whether an election is preceded by a vote that changes no term.</summary>
    public bool PreVote { get; init; } = true;

    /// <summary>Entries between two raft snapshots.</summary>
    public ulong SnapshotCount { get; init; } = Limits.SnapshotCount;

    /// <summary>Entries kept in memory behind a raft snapshot.</summary>
    public ulong SnapshotCatchUpEntries { get; init; } = Limits.SnapshotCatchUpEntries;

    /// <summary>Bytes of entries after which a raft snapshot is taken, before there are <see cref="SnapshotCount"/> of them.</summary>
    public long SnapshotLogBytes { get; init; } = Limits.SnapshotLogBytes;

    /// <summary>Bytes that the entries kept in memory behind a raft snapshot have at the most; fewer than
    /// <see cref="SnapshotCatchUpEntries"/> are kept where they are large.</summary>
    public long SnapshotCatchUpBytes { get; init; } = Limits.SnapshotCatchUpBytes;

    /// <summary>Bytes that the entries have at the most which a leader keeps for a follower that answers and is behind: of no effect below
    /// what is kept anyway.</summary>
    public long LaggingFollowerBytes { get; init; } = Limits.LaggingFollowerBytes;

    /// <summary>Raft snapshot files kept.</summary>
    public int MaxSnapshots { get; init; } = 5;

    /// <summary>Released log segments kept.</summary>
    public int MaxWals { get; init; } = 5;

    /// <summary>Bytes after which the log goes on in a new segment; etcd's size by default.</summary>
    public long WalSegmentBytes { get; init; } = 64_000_000;

    /// <summary>Longest wait of a change for a commit of the backend, in milliseconds.</summary>
    public int BackendBatchIntervalMilliseconds { get; init; } = Limits.BackendBatchIntervalMilliseconds;

    /// <summary>Changes that make a commit of the backend due at once.</summary>
    public int BackendBatchLimit { get; init; } = Limits.BackendBatchLimit;

    /// <summary>Bytes of the backend beyond which writes are refused; negative for no limit.</summary>
    public long QuotaBytes { get; init; } = Limits.QuotaBytes;

    /// <summary>Bytes of a request as it enters the log.</summary>
    public int MaxRequestBytes { get; init; } = Limits.MaxRequestBytes;

    /// <summary>Operations of a transaction, per level.</summary>
    public int MaxTxnOps { get; init; } = Limits.MaxTxnOps;

    /// <summary>Nanoseconds after which an entry or a read is logged as slow.</summary>
    public long SlowApplyNanoseconds { get; init; } = Limits.SlowApplyNanoseconds;

    /// <summary>Work of one step of the apply stage, in keys that are looked at or written.</summary>
    public int ApplyWorkPerStep { get; init; } = Limits.ApplyWorkPerStep;

    /// <summary>Records that a compaction deletes in one commit.</summary>
    public int CompactionBatchLimit { get; init; } = Limits.CompactionBatchLimit;

    /// <summary>Pause between two such commits, in milliseconds.</summary>
    public int CompactionSleepMilliseconds { get; init; } = Limits.CompactionSleepMilliseconds;

    /// <summary>Free bytes of the backend from which on a start defragments it first; 0 for never.</summary>
    public long BootstrapDefragThresholdBytes { get; init; }

    /// <summary>The share of free pages, in percent, from which on the backend is defragmented by itself; 0 for never.</summary>
    public int AutoDefragFreePercent { get; init; }

    /// <summary>Bytes of messages that wait for a watch stream's client; what finds no room is read from history later.</summary>
    public long WatchQueueBytes { get; init; } = Limits.WatchQueueBytes;

    /// <summary>Pause between two progress notifications of a watch without events.</summary>
    public long WatchProgressMilliseconds { get; init; } = Limits.WatchProgressMilliseconds;

    /// <summary>Learners that the cluster may have.</summary>
    public int MaxLearners { get; init; } = Limits.MaxLearners;

    /// <summary>Whether <see cref="InitialCluster"/> is a cluster that begins; else one that is running already.</summary>
    public bool IsNewCluster { get; init; } = true;

    /// <summary>What the members of a running cluster say of it, for one that joins it; null where there is data already.</summary>
    public RunningCluster? Running { get; init; }

    /// <summary>Whether to go on alone with the data, as a cluster of this member: to be used when the others are lost for good.</summary>
    public bool ForceNewCluster { get; init; }

    /// <summary>Whether it is noted when the log was flushed, for requests that want to know how long they waited for it.</summary>
    public bool TimesRequests { get; init; }

    /// <summary>Whether revocations of leases are still taken where applying is so far behind that other requests are refused.</summary>
    public bool PrefersRevocations { get; init; }

    /// <summary>Whether the time left to leases is noted in the log: yes, no, or (null) as soon as all members are known to be able
    /// to.</summary>
    public bool? LeaseCheckpoints { get; init; }

    /// <summary>How often it is noted, in milliseconds.</summary>
    public int LeaseCheckpointMilliseconds { get; init; } = Limits.LeaseCheckpointMilliseconds;

    /// <summary>The least time that a lease is granted for: one and a half election timeouts, in whole seconds.</summary>
    public long MinLeaseTtlSeconds =>
        ((3L * (ElectionMilliseconds / HeartbeatMilliseconds) / 2 * HeartbeatMilliseconds) + 999) / 1_000;

    /// <summary>The wait for a request's outcome: five seconds and twice the election timeout.</summary>
    public int RequestTimeoutMilliseconds => 5_000 + (2 * ElectionMilliseconds);
}

/// <summary>A running cluster as a member that joins it learns of it.</summary>
/// <param name="ClusterId">Its id.</param>
/// <param name="MemberId">The id that the cluster has given to the member that joins.</param>
/// <param name="Members">All members, this one among them.</param>
public sealed record RunningCluster(ulong ClusterId, ulong MemberId, IReadOnlyList<Membership.Member> Members);

/// <summary>A node cannot start: the message is for the operator.</summary>
public sealed class NodeStartException : Exception
{
    /// <summary>With the reason.</summary>
    public NodeStartException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
