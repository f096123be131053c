using Netcd.Protocol.V3;

namespace Netcd.Engine.Metering;

/// <summary>What an entry asks for, under the names of etcd's metric.</summary>
internal static class ApplyOperations
{
    private const int Unknown = 0;

    /// <summary>The names; an operation is a place in them.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "unknown", "Put", "DeleteRange", "Txn", "Compaction", "LeaseGrant", "LeaseRevoke", "LeaseCheckpoint", "Alarm", "Authenticate",
        "AuthEnable", "AuthDisable", "AuthUserAdd", "AuthUserDelete", "AuthUserChangePassword", "AuthUserGrantRole", "AuthUserRevokeRole",
        "AuthRoleAdd", "AuthRoleDelete", "AuthRoleGrantPermission", "AuthRoleRevokePermission", "ClusterVersionSet", "ClusterMemberAttrSet",
        "DowngradeInfoSet", "DowngradeVersionTest",
    ];

    /// <summary>The operation of a request.</summary>
    public static int Of(InternalRaftRequest request) => request switch
    {
        { Put: not null } => 1,
        { DeleteRange: not null } => 2,
        { Txn: not null } => 3,
        { Compaction: not null } => 4,
        { LeaseGrant: not null } => 5,
        { LeaseRevoke: not null } => 6,
        { LeaseCheckpoint: not null } => 7,
        { Alarm: not null } => 8,
        { Authenticate: not null } => 9,
        { AuthEnable: not null } => 10,
        { AuthDisable: not null } => 11,
        _ => OfUsersAndCluster(request),
    };

    private static int OfUsersAndCluster(InternalRaftRequest request) => request switch
    {
        { AuthUserAdd: not null } => 12,
        { AuthUserDelete: not null } => 13,
        { AuthUserChangePassword: not null } => 14,
        { AuthUserGrantRole: not null } => 15,
        { AuthUserRevokeRole: not null } => 16,
        { AuthRoleAdd: not null } => 17,
        { AuthRoleDelete: not null } => 18,
        { AuthRoleGrantPermission: not null } => 19,
        { AuthRoleRevokePermission: not null } => 20,
        { ClusterVersionSet: not null } => 21,
        { ClusterMemberAttrSet: not null } => 22,
        { DowngradeInfoSet: not null } => 23,
        { DowngradeVersionTest: not null } => 24,
        _ => Unknown,
    };
}
