using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;

namespace Netcd.Fuzzing.Live;

/// <summary>
/// Calls over gRPC: the first byte picks the method, the next the form of the frame, the third whose token is sent, and the rest is the
/// message. Each is answered with a status of etcd's, never with one that says that the server has tripped.
/// </summary>
internal sealed class GrpcTarget(LivePort port) : IFuzzTarget
{
    private const int InternalError = (int)StatusCode.Internal;
    private const int Unknown = (int)StatusCode.Unknown;

    /// <summary>What Go's gRPC server says of a request that ends before its message does; any other text under its codes would be of a
    /// fault.</summary>
    private static readonly string[] CutOff =
        ["EOF", "unexpected EOF", "cardinality violation: received no request message from non-client-streaming RPC"];

    /// <remarks>All that there are, but for those that would add a member that does not exist to the cluster, or remove its only one:
    /// nothing can be expected of it afterwards.</remarks>
    private static readonly string[] Methods =
    [
        "/etcdserverpb.KV/Range", "/etcdserverpb.KV/Put", "/etcdserverpb.KV/DeleteRange",
        "/etcdserverpb.KV/Txn", "/etcdserverpb.KV/Compact",
        "/etcdserverpb.KV/RangeStream", "/etcdserverpb.Cluster/MemberList", "/etcdserverpb.Maintenance/Status",
        "/etcdserverpb.Maintenance/Hash", "/etcdserverpb.Maintenance/HashKV",
        "/etcdserverpb.Maintenance/Alarm", "/etcdserverpb.Maintenance/MoveLeader", "/etcdserverpb.Maintenance/Snapshot",
        "/etcdserverpb.Cluster/MemberUpdate", "/etcdserverpb.Cluster/MemberPromote",
        "/etcdserverpb.Lease/LeaseGrant", "/etcdserverpb.Lease/LeaseRevoke", "/etcdserverpb.Lease/LeaseKeepAlive",
        "/etcdserverpb.Lease/LeaseTimeToLive", "/etcdserverpb.Lease/LeaseLeases", "/etcdserverpb.Watch/Watch",
        "/etcdserverpb.Auth/Authenticate", "/etcdserverpb.Auth/AuthEnable", "/etcdserverpb.Auth/AuthDisable",
        "/etcdserverpb.Auth/AuthStatus", "/etcdserverpb.Auth/UserAdd", "/etcdserverpb.Auth/UserGet", "/etcdserverpb.Auth/UserList",
        "/etcdserverpb.Auth/UserDelete", "/etcdserverpb.Auth/UserChangePassword", "/etcdserverpb.Auth/UserGrantRole",
        "/etcdserverpb.Auth/UserRevokeRole", "/etcdserverpb.Auth/RoleAdd", "/etcdserverpb.Auth/RoleGet", "/etcdserverpb.Auth/RoleList",
        "/etcdserverpb.Auth/RoleDelete", "/etcdserverpb.Auth/RoleGrantPermission", "/etcdserverpb.Auth/RoleRevokePermission",
        "/v3lockpb.Lock/Lock", "/v3lockpb.Lock/Unlock", "/v3electionpb.Election/Campaign", "/v3electionpb.Election/Proclaim",
        "/v3electionpb.Election/Leader", "/v3electionpb.Election/Observe", "/v3electionpb.Election/Resign", "/grpc.health.v1.Health/Check",
        "/etcdserverpb.Maintenance/Defragment", "/etcdserverpb.Maintenance/Downgrade",
    ];

    private readonly LiveServer server = new(port);

    public string Name => port.NameOf("grpc");

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0, 0, 0, .. new RangeRequest { Key = Text("a"), RangeEnd = Text("b"), Limit = 5, Revision = 2, CountOnly = true }.ToByteArray()],
        [0, 0, 0, .. new RangeRequest { Key = Text("\0"), RangeEnd = Text("\0"),
            SortOrder = RangeRequest.Types.SortOrder.Descend, MinModRevision = 1 }.ToByteArray()],
        [1, 0, 1, .. new PutRequest { Key = Text("a"), Value = Text("b"), PrevKv = true }.ToByteArray()],
        [1, 0, 1, .. new PutRequest { Key = Text("a"), IgnoreValue = true, Lease = 77 }.ToByteArray()],
        [2, 0, 2, .. new DeleteRangeRequest { Key = Text("a"), RangeEnd = Text("b"), PrevKv = true }.ToByteArray()],
        [3, 0, 0, .. Txn().ToByteArray()],
        [5, 0, 2, .. new RangeRequest { Key = Text("a"), RangeEnd = Text("b") }.ToByteArray()],
        [6, 0, 0, .. new MemberListRequest { Linearizable = true }.ToByteArray()],
        [7, 0, 1],
        [8, 0, 2],
        [9, 0, 0, .. new HashKVRequest { Revision = 2 }.ToByteArray()],
        [4, 0, 1, .. new CompactionRequest { Revision = 2, Physical = true }.ToByteArray()],
        [10, 0, 2, .. new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, Alarm = AlarmType.Nospace }.ToByteArray()],
        [11, 0, 2, .. new MoveLeaderRequest { TargetID = 7 }.ToByteArray()],
        [12, 0, 2],
        [13, 0, 2, .. new MemberUpdateRequest { ID = 9, PeerURLs = { "http://192.0.2.9:1" } }.ToByteArray()],
        [14, 0, 2, .. new MemberPromoteRequest { ID = 9 }.ToByteArray()],
        [15, 0, 1, .. new LeaseGrantRequest { TTL = 3, ID = 77 }.ToByteArray()],
        [16, 0, 1, .. new LeaseRevokeRequest { ID = 77 }.ToByteArray()],
        [17, 0, 1, .. new LeaseKeepAliveRequest { ID = 77 }.ToByteArray()],
        [18, 0, 1, .. new LeaseTimeToLiveRequest { ID = 77, Keys = true }.ToByteArray()],
        [19, 0, 2],
        [20, 0, 1, .. new WatchRequest
        {
            CreateRequest = new WatchCreateRequest { Key = Text("a"), RangeEnd = Text("b"), StartRevision = 1, PrevKv = true },
        }.ToByteArray()],
        .. AuthSeeds(),
        [38, 0, 1, .. new LockRequest { Name = Text("a"), Lease = 77 }.ToByteArray()],
        [39, 0, 1, .. new UnlockRequest { Key = Text("a/4d") }.ToByteArray()],
        [40, 0, 1, .. new CampaignRequest { Name = Text("b"), Lease = 77, Value = Text("v") }.ToByteArray()],
        [41, 0, 1, .. new ProclaimRequest { Leader = Leader(), Value = Text("w") }.ToByteArray()],
        [42, 0, 1, .. new LeaderRequest { Name = Text("b") }.ToByteArray()],
        [43, 0, 1, .. new LeaderRequest { Name = Text("b") }.ToByteArray()],
        [44, 0, 1, .. new ResignRequest { Leader = Leader() }.ToByteArray()],
        [45, 0, 0],
        [46, 0, 2],
        [47, 0, 2, .. new DowngradeRequest { Action = DowngradeRequest.Types.DowngradeAction.Validate, Version = "3.5" }.ToByteArray()],
    ];

    public Verdict Run(byte[] input)
    {
        if (input.Length < 3)
        {
            return Verdict.Refused;
        }

        using HttpResponseMessage answer = server.Post(
            Methods[input[0] % Methods.Length], Frame(input[1], input.AsSpan(3)), overHttp2: true, token: input[2]);
        int status = StatusOf(answer, out string message);
        return status switch
        {
            0 => Verdict.Accepted,
            Unknown when CutOff.Contains(message) || KnownErrors.UnexpectedTexts.Contains(message) => Verdict.Refused,
            Unknown or < 0 or > 16 => throw new InvalidDataException(
                $"status {status}: {message}; {(int)answer.StatusCode} {answer.Headers} / {answer.TrailingHeaders}"),
            InternalError when !message.StartsWith("grpc: ", StringComparison.Ordinal) && !CutOff.Contains(message) =>
                throw new InvalidDataException($"internal error: {message}"),
            _ => Verdict.Refused,
        };
    }

    public void Dispose() => server.Dispose();

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);

    private static LeaderKey Leader() => new() { Name = Text("b"), Key = Text("b/4d"), Rev = 5, Lease = 77 };

    private static IEnumerable<byte[]> AuthSeeds()
    {
        Permission permission = new() { PermType = Permission.Types.Type.Readwrite, Key = Text("c"), RangeEnd = Text("d") };
        IMessage[] messages =
        [
            new AuthenticateRequest { Name = LiveKeeper.User, Password = "secret-" + LiveKeeper.User },
            new AuthEnableRequest(),
            new AuthDisableRequest(),
            new AuthStatusRequest(),
            new AuthUserAddRequest { Name = "x", Password = "y" },
            new AuthUserGetRequest { Name = LiveKeeper.User },
            new AuthUserListRequest(),
            new AuthUserDeleteRequest { Name = "x" },
            new AuthUserChangePasswordRequest { Name = "x", Password = "z" },
            new AuthUserGrantRoleRequest { User = "x", Role = "r" },
            new AuthUserRevokeRoleRequest { Name = "x", Role = "r" },
            new AuthRoleAddRequest { Name = "r" },
            new AuthRoleGetRequest { Role = "letters" },
            new AuthRoleListRequest(),
            new AuthRoleDeleteRequest { Role = "r" },
            new AuthRoleGrantPermissionRequest { Name = "r", Perm = permission },
            new AuthRoleRevokePermissionRequest { Role = "r", Key = Text("c"), RangeEnd = Text("d") },
        ];
        byte first = (byte)Array.IndexOf(Methods, "/etcdserverpb.Auth/Authenticate");
        return messages.Select((message, i) => (byte[])[(byte)(first + i), 0, 2, .. message.ToByteArray()]);
    }

    private static TxnRequest Txn()
    {
        TxnRequest txn = new();
        txn.Compare.Add(new Compare
        {
            Key = Text("a"),
            Target = Compare.Types.CompareTarget.Version,
            Result = Compare.Types.CompareResult.Greater,
            Version = 1,
        });
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Text("a"), Value = Text("c") } });
        txn.Failure.Add(new RequestOp { RequestTxn = new TxnRequest() });
        txn.Failure.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Text("b") } });
        return txn;
    }

    /// <summary>The frame that gRPC puts around a message; now and then a wrong one.</summary>
    private static byte[] Frame(byte form, ReadOnlySpan<byte> message)
    {
        byte[] frame = new byte[5 + message.Length];
        frame[0] = form == 9 ? (byte)1 : (byte)0;
        uint length = form switch
        {
            7 => (uint)message.Length + 1,
            8 => uint.MaxValue,
            10 => (uint)message.Length / 2,
            _ => (uint)message.Length,
        };
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), length);
        message.CopyTo(frame.AsSpan(5));
        return form == 11 ? frame[..Math.Min(frame.Length, 3)] : frame;
    }

    private static int StatusOf(HttpResponseMessage answer, out string message)
    {
        message = Header(answer, "grpc-message");
        return int.TryParse(Header(answer, "grpc-status"), NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : -1;
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? values) || answer.Headers.TryGetValues(name, out values)
            ? Uri.UnescapeDataString(string.Join(",", values))
            : "";
}
