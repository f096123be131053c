using Netcd.Protocol.V3;

namespace Netcd.Engine.Auth;

/// <summary>A call of the client API, and who may make it while users have to say who they are.</summary>
/// <param name="Path">Its path in gRPC.</param>
/// <param name="Access">Who may make it.</param>
/// <param name="GatewayPaths">What follows <c>/v3/</c> in the paths of the JSON gateway.</param>
/// <param name="IsDecidedAtApply">Whether the decision is made by every member as it applies the entry, and so at the entry's place among
/// the changes of users and roles; else by the member that was asked.</param>
public sealed record Call(string Path, Access Access, IReadOnlyList<string> GatewayPaths, bool IsDecidedAtApply);

/// <summary>
/// All calls, each with who may make it: the one place where that is decided. Handlers admit calls by it, the apply stage judges entries
/// by it, and <c>docs/auth.md</c> lists it.
/// </summary>
public static class Calls
{
    private static readonly List<Call> Table = [];

#pragma warning disable CS1591, SA1600 // The names are those of the methods in etcd's contracts.
    public static Call Range { get; } = Add("/etcdserverpb.KV/Range", Access.Keys, "kv/range");

    public static Call RangeStream { get; } = Add("/etcdserverpb.KV/RangeStream", Access.Keys);

    public static Call Put { get; } = AddDecidedAtApply("/etcdserverpb.KV/Put", Access.Keys, "kv/put");

    public static Call DeleteRange { get; } = AddDecidedAtApply("/etcdserverpb.KV/DeleteRange", Access.Keys, "kv/deleterange");

    public static Call Txn { get; } = AddDecidedAtApply("/etcdserverpb.KV/Txn", Access.Keys, "kv/txn");

    public static Call Compact { get; } = Add("/etcdserverpb.KV/Compact", Access.Root, "kv/compaction");

    public static Call Watch { get; } = Add("/etcdserverpb.Watch/Watch", Access.Keys, "watch");

    public static Call LeaseGrant { get; } = Add("/etcdserverpb.Lease/LeaseGrant", Access.AnyUser, "lease/grant");

    public static Call LeaseRevoke { get; } =
        AddDecidedAtApply("/etcdserverpb.Lease/LeaseRevoke", Access.LeaseKeys, "lease/revoke", "kv/lease/revoke");

    public static Call LeaseKeepAlive { get; } = Add("/etcdserverpb.Lease/LeaseKeepAlive", Access.LeaseKeys, "lease/keepalive");

    public static Call LeaseTimeToLive { get; } =
        Add("/etcdserverpb.Lease/LeaseTimeToLive", Access.LeaseReadKeys, "lease/timetolive", "kv/lease/timetolive");

    public static Call LeaseLeases { get; } =
        Add("/etcdserverpb.Lease/LeaseLeases", Access.AllLeaseKeys, "lease/leases", "kv/lease/leases");

    public static Call MemberList { get; } = Add("/etcdserverpb.Cluster/MemberList", Access.AnyUser, "cluster/member/list");

    public static Call MemberAdd { get; } = Add("/etcdserverpb.Cluster/MemberAdd", Access.Root, "cluster/member/add");

    public static Call MemberRemove { get; } = Add("/etcdserverpb.Cluster/MemberRemove", Access.Root, "cluster/member/remove");

    public static Call MemberUpdate { get; } = Add("/etcdserverpb.Cluster/MemberUpdate", Access.Root, "cluster/member/update");

    public static Call MemberPromote { get; } = Add("/etcdserverpb.Cluster/MemberPromote", Access.Root, "cluster/member/promote");

    public static Call Alarm { get; } = Add("/etcdserverpb.Maintenance/Alarm", Access.RootToChange, "maintenance/alarm");

    public static Call Status { get; } = Add("/etcdserverpb.Maintenance/Status", Access.Root, "maintenance/status");

    public static Call Defragment { get; } = Add("/etcdserverpb.Maintenance/Defragment", Access.Root, "maintenance/defragment");

    public static Call Hash { get; } = Add("/etcdserverpb.Maintenance/Hash", Access.Root, "maintenance/hash");

    public static Call HashKv { get; } = Add("/etcdserverpb.Maintenance/HashKV", Access.Root, "maintenance/hashkv");

    public static Call Snapshot { get; } = Add("/etcdserverpb.Maintenance/Snapshot", Access.Root, "maintenance/snapshot");

    public static Call MoveLeader { get; } =
        Add("/etcdserverpb.Maintenance/MoveLeader", Access.Root, "maintenance/transfer-leadership");

    public static Call Downgrade { get; } = Add("/etcdserverpb.Maintenance/Downgrade", Access.Root, "maintenance/downgrade");

    public static Call AuthEnable { get; } = AddDecidedAtApply("/etcdserverpb.Auth/AuthEnable", Access.Root, "auth/enable");

    public static Call AuthDisable { get; } = AddDecidedAtApply("/etcdserverpb.Auth/AuthDisable", Access.Root, "auth/disable");

    public static Call AuthStatus { get; } = Add("/etcdserverpb.Auth/AuthStatus", Access.Root, "auth/status");

    public static Call Authenticate { get; } = Add("/etcdserverpb.Auth/Authenticate", Access.Anyone, "auth/authenticate");

    public static Call UserAdd { get; } = AddDecidedAtApply("/etcdserverpb.Auth/UserAdd", Access.Root, "auth/user/add");

    public static Call UserGet { get; } = Add("/etcdserverpb.Auth/UserGet", Access.OwnUser, "auth/user/get");

    public static Call UserList { get; } = Add("/etcdserverpb.Auth/UserList", Access.Root, "auth/user/list");

    public static Call UserDelete { get; } = AddDecidedAtApply("/etcdserverpb.Auth/UserDelete", Access.Root, "auth/user/delete");

    public static Call UserChangePassword { get; } =
        AddDecidedAtApply("/etcdserverpb.Auth/UserChangePassword", Access.Root, "auth/user/changepw");

    public static Call UserGrantRole { get; } = AddDecidedAtApply("/etcdserverpb.Auth/UserGrantRole", Access.Root, "auth/user/grant");

    public static Call UserRevokeRole { get; } = AddDecidedAtApply("/etcdserverpb.Auth/UserRevokeRole", Access.Root, "auth/user/revoke");

    public static Call RoleAdd { get; } = AddDecidedAtApply("/etcdserverpb.Auth/RoleAdd", Access.Root, "auth/role/add");

    public static Call RoleGet { get; } = Add("/etcdserverpb.Auth/RoleGet", Access.OwnRole, "auth/role/get");

    public static Call RoleList { get; } = Add("/etcdserverpb.Auth/RoleList", Access.Root, "auth/role/list");

    public static Call RoleDelete { get; } = AddDecidedAtApply("/etcdserverpb.Auth/RoleDelete", Access.Root, "auth/role/delete");

    public static Call RoleGrantPermission { get; } =
        AddDecidedAtApply("/etcdserverpb.Auth/RoleGrantPermission", Access.Root, "auth/role/grant");

    public static Call RoleRevokePermission { get; } =
        AddDecidedAtApply("/etcdserverpb.Auth/RoleRevokePermission", Access.Root, "auth/role/revoke");

    public static Call Lock { get; } = Add("/v3lockpb.Lock/Lock", Access.Keys, "lock/lock");

    public static Call Unlock { get; } = Add("/v3lockpb.Lock/Unlock", Access.Keys, "lock/unlock");

    public static Call Campaign { get; } = Add("/v3electionpb.Election/Campaign", Access.Keys, "election/campaign");

    public static Call Proclaim { get; } = Add("/v3electionpb.Election/Proclaim", Access.Keys, "election/proclaim");

    public static Call Leader { get; } = Add("/v3electionpb.Election/Leader", Access.Keys, "election/leader");

    public static Call Observe { get; } = Add("/v3electionpb.Election/Observe", Access.Keys, "election/observe");

    public static Call Resign { get; } = Add("/v3electionpb.Election/Resign", Access.Keys, "election/resign");

    public static Call HealthCheck { get; } = Add("/grpc.health.v1.Health/Check", Access.Anyone);

    public static Call HealthWatch { get; } = Add("/grpc.health.v1.Health/Watch", Access.Anyone);
#pragma warning restore CS1591, SA1600

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Call> All => Table;

    /// <summary>The call at a path of gRPC.</summary>
    /// <exception cref="KeyNotFoundException">There is none: each has to say who may make it.</exception>
    public static Call At(string path) => ByPath[path];

    /// <summary>Whether there is a call at a path of gRPC.</summary>
    public static bool Has(string path) => ByPath.ContainsKey(path);

    /// <summary>The call at a path of the JSON gateway.</summary>
    /// <param name="path">What follows <c>/v3/</c>.</param>
    /// <exception cref="KeyNotFoundException">There is none: each has to say who may make it.</exception>
    public static Call AtGateway(string path) => ByGatewayPath[path];

    /// <summary>The call that an entry of the log stands for, where the decision is made as it is applied; null for all others.</summary>
    /// <remarks>Members write entries of their own: alarms, compactions, checkpoints, their names. Those have no user.</remarks>
    internal static Call? DecidedAtApply(InternalRaftRequest request) => request switch
    {
        { Put: not null } => Put,
        { Txn: not null } => Txn,
        { DeleteRange: not null } => DeleteRange,
        { LeaseRevoke: not null } => LeaseRevoke,
        { AuthEnable: not null } => AuthEnable,
        { AuthDisable: not null } => AuthDisable,
        { AuthUserAdd: not null } => UserAdd,
        { AuthUserDelete: not null } => UserDelete,
        { AuthUserChangePassword: not null } => UserChangePassword,
        { AuthUserGrantRole: not null } => UserGrantRole,
        { AuthUserRevokeRole: not null } => UserRevokeRole,
        { AuthRoleAdd: not null } => RoleAdd,
        { AuthRoleDelete: not null } => RoleDelete,
        { AuthRoleGrantPermission: not null } => RoleGrantPermission,
        { AuthRoleRevokePermission: not null } => RoleRevokePermission,
        _ => null,
    };

    private static readonly Dictionary<string, Call> ByPath = Table.ToDictionary(static call => call.Path);

    private static readonly Dictionary<string, Call> ByGatewayPath =
        Table.SelectMany(static call => call.GatewayPaths, static (call, path) => (call, path))
            .ToDictionary(static pair => pair.path, static pair => pair.call);

    private static Call Add(string path, Access access, params string[] gatewayPaths) => Add(new Call(path, access, gatewayPaths, false));

    private static Call AddDecidedAtApply(string path, Access access, params string[] gatewayPaths) =>
        Add(new Call(path, access, gatewayPaths, true));

    private static Call Add(Call call)
    {
        Table.Add(call);
        return call;
    }
}
