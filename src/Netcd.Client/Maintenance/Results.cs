namespace Netcd.Client.Maintenance;

/// <summary>How a member is.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="Version">Its program's version.</param>
/// <param name="DatabaseBytes">The size of its database file.</param>
/// <param name="DatabaseBytesInUse">How much of it is used.</param>
/// <param name="QuotaBytes">How large it may become, or 0 where the server does not say.</param>
/// <param name="Leader">The id of the member that it takes for the leader, or 0.</param>
/// <param name="RaftTerm">Its raft term.</param>
/// <param name="RaftIndex">The last entry that is committed.</param>
/// <param name="RaftAppliedIndex">The last entry that it has applied.</param>
/// <param name="IsLearner">Whether it has no vote.</param>
/// <param name="Errors">What is wrong: alarms, no leader.</param>
/// <param name="StorageVersion">The version of its file's format, or empty where the server does not say.</param>
/// <param name="DowngradeTarget">The version that the cluster is to go back to, or null.</param>
public sealed record MemberStatus(
    EtcdHeader Header,
    string Version,
    long DatabaseBytes,
    long DatabaseBytesInUse,
    long QuotaBytes,
    ulong Leader,
    ulong RaftTerm,
    ulong RaftIndex,
    ulong RaftAppliedIndex,
    bool IsLearner,
    IReadOnlyList<string> Errors,
    string StorageVersion,
    string? DowngradeTarget);

/// <summary>The hash of a database file.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="Hash">The hash.</param>
public sealed record HashResult(EtcdHeader Header, uint Hash);

/// <summary>The hash of the keys' history.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="Hash">The hash.</param>
/// <param name="CompactRevision">From where on: hashes are to be compared where this is equal.</param>
/// <param name="HashRevision">Up to where, or 0 where the server does not say.</param>
public sealed record HashKvResult(EtcdHeader Header, uint Hash, long CompactRevision, long HashRevision);

/// <summary>A database was copied.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="Bytes">How much was written, the hash included.</param>
/// <param name="Version">The version of the file's format, or empty where the server does not say.</param>
public sealed record SnapshotResult(EtcdHeader Header, long Bytes, string Version);

/// <summary>How far a copy is.</summary>
/// <param name="Bytes">What has come.</param>
/// <param name="Remaining">What has not.</param>
public readonly record struct SnapshotProgress(long Bytes, long Remaining);

/// <summary>The kinds of alarms.</summary>
public enum AlarmKind
{
    /// <summary>All of them, where alarms are lifted.</summary>
    Any = 0,

    /// <summary>A member's database has reached its quota: nothing can be put.</summary>
    NoSpace = 1,

    /// <summary>A member does not hold what the others hold: nothing can be written or read.</summary>
    Corrupt = 2,
}

/// <summary>An alarm.</summary>
/// <param name="MemberId">Whose.</param>
/// <param name="Kind">Which.</param>
public sealed record Alarm(ulong MemberId, AlarmKind Kind);

/// <summary>Alarms.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="Alarms">The alarms.</param>
public sealed record AlarmList(EtcdHeader Header, IReadOnlyList<Alarm> Alarms);

/// <summary>What to do about a downgrade.</summary>
public enum DowngradeAction
{
    /// <summary>Checks whether it could be.</summary>
    Validate = 0,

    /// <summary>Lets it be.</summary>
    Enable = 1,

    /// <summary>Gives it up.</summary>
    Cancel = 2,
}

/// <summary>An answer about a downgrade.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="Version">The cluster's version.</param>
public sealed record DowngradeResult(EtcdHeader Header, string Version);
