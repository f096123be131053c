using Google.Protobuf;
using Netcd.Protocol.Health;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;
using static Netcd.Interop.Auth.MatrixWorld;

namespace Netcd.Interop.Auth;

/// <summary>
/// Requests for each call, by its path. None of them changes what another caller may do or reads: who is permitted writes keys that are
/// there already, or is answered with an error of the request itself.
/// </summary>
internal static class MatrixRequests
{
    private const string Absent = "nobody";

    private static readonly Dictionary<string, Func<int, IMessage[]>> Makers = new(StringComparer.Ordinal)
    {
        ["/etcdserverpb.KV/Range"] = static _ => Ranges(),
        ["/etcdserverpb.KV/RangeStream"] = static _ => Ranges(),
        ["/etcdserverpb.KV/Put"] = static _ => Puts(),
        ["/etcdserverpb.KV/DeleteRange"] = static _ => Deletions(),
        ["/etcdserverpb.KV/Txn"] = static _ => [.. Transactions()],
        ["/etcdserverpb.KV/Compact"] = static _ => [new CompactionRequest(), new CompactionRequest { Revision = 1L << 40 }],
        ["/etcdserverpb.Watch/Watch"] = static _ =>
        [
            Watch(Data), Watch(Data, Data + "\0"), Watch(DataPrefix, DataEnd), Watch(Secret), Watch(Data, "\0"), Watch("", "\0"),
            Watch("b", "a"),
        ],
        ["/etcdserverpb.Lease/LeaseGrant"] = static _ =>
            [new LeaseGrantRequest { TTL = 600 }, new LeaseGrantRequest { ID = SharedLease, TTL = 60 }],
        ["/etcdserverpb.Lease/LeaseRevoke"] = static cell =>
        [
            new LeaseRevokeRequest { ID = SecretLease + 7 }, new LeaseRevokeRequest { ID = CellLease(cell) },
        ],
        ["/etcdserverpb.Lease/LeaseKeepAlive"] = static _ =>
            [.. Leases().Select(static id => new LeaseKeepAliveRequest { ID = id })],
        ["/etcdserverpb.Lease/LeaseTimeToLive"] = static _ =>
        [
            .. Leases().Select(static id => new LeaseTimeToLiveRequest { ID = id, Keys = true }),
            .. Leases().Select(static id => new LeaseTimeToLiveRequest { ID = id }),
        ],
        ["/etcdserverpb.Lease/LeaseLeases"] = static _ => [new LeaseLeasesRequest()],
        ["/etcdserverpb.Cluster/MemberList"] = static _ => [new MemberListRequest(), new MemberListRequest { Linearizable = true }],
        ["/etcdserverpb.Cluster/MemberAdd"] = static _ => [new MemberAddRequest { PeerURLs = { "http://localhost:2380" } }],
        ["/etcdserverpb.Cluster/MemberRemove"] = static _ => [new MemberRemoveRequest { ID = 77 }],
        ["/etcdserverpb.Cluster/MemberUpdate"] = static _ => [new MemberUpdateRequest { ID = 77, PeerURLs = { "http://127.0.0.1:9" } }],
        ["/etcdserverpb.Cluster/MemberPromote"] = static _ => [new MemberPromoteRequest { ID = 77 }],
        ["/etcdserverpb.Maintenance/Alarm"] = static _ =>
        [
            new AlarmRequest(),
            new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, Alarm = AlarmType.Nospace, MemberID = 77 },
        ],
        ["/etcdserverpb.Maintenance/Status"] = static _ => [new StatusRequest()],
        ["/etcdserverpb.Maintenance/Defragment"] = static _ => [new DefragmentRequest()],
        ["/etcdserverpb.Maintenance/Hash"] = static _ => [new HashRequest()],
        ["/etcdserverpb.Maintenance/HashKV"] = static _ => [new HashKVRequest()],
        ["/etcdserverpb.Maintenance/Snapshot"] = static _ => [new SnapshotRequest()],
        ["/etcdserverpb.Maintenance/MoveLeader"] = static _ => [new MoveLeaderRequest { TargetID = 77 }],
        ["/etcdserverpb.Maintenance/Downgrade"] = static _ => [new DowngradeRequest { Action = (DowngradeRequest.Types.DowngradeAction)2 }],
        ["/etcdserverpb.Auth/AuthEnable"] = static _ => [new AuthEnableRequest()],
        ["/etcdserverpb.Auth/AuthDisable"] = static _ => [new AuthDisableRequest()],
        ["/etcdserverpb.Auth/AuthStatus"] = static _ => [new AuthStatusRequest()],
        ["/etcdserverpb.Auth/Authenticate"] = static _ =>
        [
            new AuthenticateRequest { Name = "reader", Password = Accounts.PasswordOf("reader") },
            new AuthenticateRequest { Name = Absent, Password = "x" }, new AuthenticateRequest(),
        ],
        ["/etcdserverpb.Auth/UserAdd"] = static _ =>
        [
            new AuthUserAddRequest { Name = "reader", Password = "x" }, new AuthUserAddRequest { Password = "x" },
            new AuthUserAddRequest { Name = "reader", Options = new UserAddOptions { NoPassword = true } },
        ],
        ["/etcdserverpb.Auth/UserGet"] = static _ =>
            [.. Names("reader", "owner").Select(static name => new AuthUserGetRequest { Name = name })],
        ["/etcdserverpb.Auth/UserList"] = static _ => [new AuthUserListRequest()],
        ["/etcdserverpb.Auth/UserDelete"] = static _ =>
            [.. Names("root").Select(static name => new AuthUserDeleteRequest { Name = name })],
        ["/etcdserverpb.Auth/UserChangePassword"] = static _ =>
            [.. Names().Select(static name => new AuthUserChangePasswordRequest { Name = name, Password = "x" })],
        ["/etcdserverpb.Auth/UserGrantRole"] = static _ =>
        [
            new AuthUserGrantRoleRequest { User = "reader", Role = Absent },
            new AuthUserGrantRoleRequest { User = Absent, Role = "reading" },
            new AuthUserGrantRoleRequest(), new AuthUserGrantRoleRequest { User = "reader", Role = "reading" },
        ],
        ["/etcdserverpb.Auth/UserRevokeRole"] = static _ =>
        [
            new AuthUserRevokeRoleRequest { Name = "reader", Role = "owning" }, new AuthUserRevokeRoleRequest { Name = Absent, Role = "x" },
            new AuthUserRevokeRoleRequest { Name = "root", Role = "root" },
        ],
        ["/etcdserverpb.Auth/RoleAdd"] = static _ => [new AuthRoleAddRequest { Name = "reading" }, new AuthRoleAddRequest()],
        ["/etcdserverpb.Auth/RoleGet"] = static _ =>
            [.. Names("reading", "owning", "root").Select(static name => new AuthRoleGetRequest { Role = name })],
        ["/etcdserverpb.Auth/RoleList"] = static _ => [new AuthRoleListRequest()],
        ["/etcdserverpb.Auth/RoleDelete"] = static _ =>
            [.. Names("root").Select(static name => new AuthRoleDeleteRequest { Role = name })],
        ["/etcdserverpb.Auth/RoleGrantPermission"] = static _ =>
        [
            new AuthRoleGrantPermissionRequest { Name = Absent, Perm = Permit.Read("a") },
            new AuthRoleGrantPermissionRequest { Name = "reading" },
            new AuthRoleGrantPermissionRequest { Name = "reading", Perm = Permit.Read("b", "a") },
            new AuthRoleGrantPermissionRequest { Name = "reading", Perm = Permit.Read("") },
        ],
        ["/etcdserverpb.Auth/RoleRevokePermission"] = static _ =>
        [
            new AuthRoleRevokePermissionRequest { Role = Absent }, new AuthRoleRevokePermissionRequest { Role = "reading", Key = Key("q") },
        ],
        ["/v3lockpb.Lock/Lock"] = static cell => [new LockRequest { Name = Key($"{Own}lock-{cell}") }],
        ["/v3lockpb.Lock/Unlock"] = static cell => [new UnlockRequest { Key = Key($"{Own}free-{cell}") }],
        ["/v3electionpb.Election/Campaign"] = static cell => [new CampaignRequest { Name = Key($"{Own}race-{cell}"), Value = Key("v") }],
        ["/v3electionpb.Election/Proclaim"] = static _ =>
            [new ProclaimRequest { Leader = Lost(), Value = Key("v") }, new ProclaimRequest { Value = Key("v") }],
        ["/v3electionpb.Election/Leader"] = static _ =>
            [new LeaderRequest { Name = Key(Elected) }, new LeaderRequest { Name = Key(Own + "none") }],
        ["/v3electionpb.Election/Observe"] = static _ => [new LeaderRequest { Name = Key(Elected) }],
        ["/v3electionpb.Election/Resign"] = static _ => [new ResignRequest { Leader = Lost() }, new ResignRequest()],
        ["/grpc.health.v1.Health/Check"] = static _ => [new HealthCheckRequest()],
        ["/grpc.health.v1.Health/Watch"] = static _ => [new HealthCheckRequest()],
        ["/grpc.health.v1.Health/List"] = static _ => [new HealthCheckRequest()],
    };

    /// <summary>The requests of a call.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="cell">Counts callers and transports: requests that use something up have one each.</param>
    public static IMessage[] For(string path, int cell) => Makers[path](cell);

    private static ByteString Key(string key) => ByteString.CopyFromUtf8(key);

    private static IEnumerable<string> Names(params string[] more) => [.. more, Absent, ""];

    private static long[] Leases() => [SharedLease, SecretLease, EmptyLease, SecretLease + 7];

    private static LeaderKey Lost() => new() { Name = Key(Elected), Key = Key(Elected + "/1"), Rev = 1, Lease = 1 };

    private static WatchRequest Watch(string key, string end = "") =>
        new() { CreateRequest = new WatchCreateRequest { Key = Key(key), RangeEnd = Key(end) } };

    private static RangeRequest Range(string key, string end = "", bool serializable = false) =>
        new() { Key = Key(key), RangeEnd = Key(end), Serializable = serializable, CountOnly = true };

    private static PutRequest Put(string key, bool previous = false, long lease = 0) =>
        new() { Key = Key(key), Value = Key("v"), PrevKv = previous, Lease = lease };

    private static DeleteRangeRequest Delete(string key, string end = "", bool previous = false) =>
        new() { Key = Key(key), RangeEnd = Key(end), PrevKv = previous };

    private static IMessage[] Ranges() =>
    [
        Range(Data), Range(DataPrefix, DataEnd), Range(Data, "\0"), Range(Secret), Range(Secret, serializable: true), Range("\0", "\0"),
        Range(""), Range("b", "a"), Range(DataPrefix, DataEnd + "\0"),
    ];

    private static IMessage[] Puts() =>
    [
        Put(Data), Put(Data, previous: true), Put(Secret + "-other"), Put(""), Put(Leased, lease: SharedLease),
        Put(Data, lease: SecretLease + 7), Put(Secret, lease: SecretLease), Put(Leased, previous: true, lease: SharedLease),
    ];

    private static IMessage[] Deletions() =>
    [
        Delete(DataPrefix + "gone"), Delete(DataPrefix + "gone", previous: true), Delete(DataPrefix + "x", DataPrefix + "y"),
        Delete("secret/gone"), Delete(""), Delete("secret/x", "secret/y", previous: true),
    ];

    private static IEnumerable<TxnRequest> Transactions()
    {
        yield return new TxnRequest();
        foreach (string key in (string[])[Data, Secret])
        {
            Compare isThere = new()
            {
                Key = Key(key),
                Target = Compare.Types.CompareTarget.Version,
                Result = Compare.Types.CompareResult.Greater,
            };
            yield return new TxnRequest { Compare = { isThere } };
            yield return new TxnRequest { Success = { new RequestOp { RequestRange = Range(key) } } };
            yield return new TxnRequest { Failure = { new RequestOp { RequestRange = Range(key, serializable: true) } } };
            yield return new TxnRequest { Success = { new RequestOp { RequestPut = Put(key + "-other") } } };
            yield return new TxnRequest { Failure = { new RequestOp { RequestPut = Put(key) } } };
            yield return new TxnRequest { Failure = { new RequestOp { RequestDeleteRange = Delete(key, previous: true) } } };
        }
    }
}
