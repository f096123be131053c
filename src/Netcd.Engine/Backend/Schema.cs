namespace Netcd.Engine.Backend;

/// <summary>The names of the backend's buckets and of the single values in them: etcd's, since its tools and its server open the
/// file.</summary>
internal static class Schema
{
    public static ReadOnlySpan<byte> Key => "key"u8;

    public static ReadOnlySpan<byte> Meta => "meta"u8;

    public static ReadOnlySpan<byte> Members => "members"u8;

    public static ReadOnlySpan<byte> MembersRemoved => "members_removed"u8;

    public static ReadOnlySpan<byte> Cluster => "cluster"u8;

    public static ReadOnlySpan<byte> Alarm => "alarm"u8;

    public static ReadOnlySpan<byte> Lease => "lease"u8;

    public static ReadOnlySpan<byte> Auth => "auth"u8;

    public static ReadOnlySpan<byte> AuthUsers => "authUsers"u8;

    public static ReadOnlySpan<byte> AuthRoles => "authRoles"u8;

    /// <summary>In <see cref="Meta"/>: index of the last entry whose changes the file holds, 8 bytes big-endian.</summary>
    public static ReadOnlySpan<byte> ConsistentIndex => "consistent_index"u8;

    /// <summary>In <see cref="Meta"/>: that entry's term, 8 bytes big-endian.</summary>
    public static ReadOnlySpan<byte> Term => "term"u8;

    /// <summary>In <see cref="Meta"/>: raft's configuration at the consistent index, as JSON.</summary>
    public static ReadOnlySpan<byte> ConfState => "confState"u8;

    /// <summary>In <see cref="Meta"/>: the revision that a compaction has begun to compact to, encoded as a record's key.</summary>
    public static ReadOnlySpan<byte> ScheduledCompact => "scheduledCompactRev"u8;

    /// <summary>In <see cref="Meta"/>: the revision that the last completed compaction has compacted to.</summary>
    public static ReadOnlySpan<byte> FinishedCompact => "finishedCompactRev"u8;

    /// <summary>In <see cref="Cluster"/>: the version that all members agree on, as text.</summary>
    public static ReadOnlySpan<byte> ClusterVersion => "clusterVersion"u8;

    /// <summary>In <see cref="Cluster"/>: whether the cluster is being taken down to an older version, as JSON.</summary>
    public static ReadOnlySpan<byte> Downgrade => "downgrade"u8;

    /// <summary>In <see cref="Meta"/>: the version that the file is for, as text; from 3.6 on.</summary>
    public static ReadOnlySpan<byte> StorageVersion => "storageVersion"u8;

    /// <summary>In <see cref="Auth"/>: the revision of users and roles, 8 bytes big-endian.</summary>
    public static ReadOnlySpan<byte> AuthRevision => "authRevision"u8;

    /// <summary>In <see cref="Auth"/>: a byte, 1 where users have to say who they are.</summary>
    public static ReadOnlySpan<byte> AuthEnabled => "authEnabled"u8;

    /// <summary>All buckets of a new file, in the order in which they are made.</summary>
    public static IReadOnlyList<byte[]> All { get; } =
    [
        Key.ToArray(), Meta.ToArray(), Members.ToArray(), MembersRemoved.ToArray(), Cluster.ToArray(), Alarm.ToArray(),
        Lease.ToArray(), Auth.ToArray(), AuthUsers.ToArray(), AuthRoles.ToArray(),
    ];
}
