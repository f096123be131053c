using System.Buffers;
using Google.Protobuf;
using Netcd.Engine.Auth;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;
using Netcd.Server.EngineAccess;
using Netcd.Server.Running;
using Netcd.Server.Services;
using Netcd.Server.Watching;

namespace Netcd.Server.Gateway;

/// <summary>A call of the gateway: reads its requests from JSON, and calls the handler.</summary>
/// <param name="requests">The requests: one, or many of a stream.</param>
/// <param name="context">The call.</param>
/// <param name="output">Takes the answer: one message, or many of a stream.</param>
internal delegate ValueTask GatewayCall(JsonRequests requests, CallContext context, GatewayOutput output);

/// <summary>The paths below <c>/v3/</c> and the handlers that they lead to.</summary>
internal sealed class GatewayRoutes
{
    /// <summary>What an answer grows to as JSON, at the most: base64 makes four bytes of three, and names stand around them.</summary>
    private const int JsonGrowth = 2;

    private readonly Dictionary<string, GatewayCall> calls = new(StringComparer.Ordinal);
    private readonly LargeAnswers answers;
    private readonly AuditTrail audit;
    private readonly UnaryCalls unary;
    private readonly MeteredCalls metered;

    /// <summary>The routes to these handlers.</summary>
    public GatewayRoutes(ClientHandlers handlers, MeteredCalls metered)
    {
        this.metered = metered;
        (KvHandlers kv, WatchHandlers watch, LeaseHandlers leases,
            ClusterHandlers cluster, MaintenanceHandlers maintenance, AuthHandlers auth, answers, audit, unary) = handlers;
        Stream("watch", new WatchGateway(watch, audit).RunAsync);
        calls.Add("kv/range", (requests, context, output) => RangeAsync(kv, requests, context, output));
        Unary<PutRequest, PutResponse>("kv/put", kv.PutAsync);
        Unary<DeleteRangeRequest, DeleteRangeResponse>("kv/deleterange", kv.DeleteRangeAsync);
        Unary<TxnRequest, TxnResponse>("kv/txn", kv.TxnAsync);
        Unary<CompactionRequest, CompactionResponse>("kv/compaction", kv.CompactAsync);
        AddLeases(leases);
        AddCoordination(handlers.Locks, handlers.Elections);
        AddAuth(auth);
        Unary<MemberListRequest, MemberListResponse>("cluster/member/list", cluster.MemberListAsync);
        Unary<MemberAddRequest, MemberAddResponse>("cluster/member/add", cluster.MemberAddAsync);
        Unary<MemberRemoveRequest, MemberRemoveResponse>("cluster/member/remove", cluster.MemberRemoveAsync);
        Unary<MemberUpdateRequest, MemberUpdateResponse>("cluster/member/update", cluster.MemberUpdateAsync);
        Unary<MemberPromoteRequest, MemberPromoteResponse>("cluster/member/promote", cluster.MemberPromoteAsync);
        Unary<MoveLeaderRequest, MoveLeaderResponse>("maintenance/transfer-leadership", maintenance.MoveLeaderAsync);
        Unary<DowngradeRequest, DowngradeResponse>("maintenance/downgrade", maintenance.DowngradeAsync);
        Unary<StatusRequest, StatusResponse>("maintenance/status", maintenance.StatusAsync);
        Unary<HashRequest, HashResponse>("maintenance/hash", maintenance.HashAsync);
        Unary<DefragmentRequest, DefragmentResponse>("maintenance/defragment", maintenance.DefragmentAsync);
        Unary<HashKVRequest, HashKVResponse>("maintenance/hashkv", maintenance.HashKvAsync);
        Unary<AlarmRequest, AlarmResponse>("maintenance/alarm", maintenance.AlarmAsync);
        Stream("maintenance/snapshot", async (requests, context, output) =>
        {
            SnapshotRequest request = await ReadOnlyAsync<SnapshotRequest>(requests, context).ConfigureAwait(false);
            await audit.RunStreamAsync(
                Calls.Snapshot, request, context, () => maintenance.SnapshotAsync(output.WriteNextAsync, context)).ConfigureAwait(false);
        });
    }

    /// <summary>The call at a path, or null.</summary>
    /// <param name="path">What follows <c>/v3/</c>.</param>
    public GatewayCall? Find(string path) => calls.GetValueOrDefault(path);

    private async ValueTask RangeAsync(KvHandlers kv, JsonRequests requests, CallContext context, GatewayOutput output)
    {
        RangeRequest request = await ReadOnlyAsync<RangeRequest>(requests, context).ConfigureAwait(false);
        Func<RangeRequest, CallContext, ValueTask<RangeAnswer>> read = kv.IsLong(request) ? kv.LongRangeAsync : kv.RangeAsync;
        using RangeAnswer answer = await unary.RunAsync(Calls.Range, request, context, metered.Of(Calls.Range, read)).ConfigureAwait(false);
        await WriteAsync(output, answer.CalculateSize(), answer.ToMessage, context).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes an answer. A large one waits for memory, as a message, and then as JSON, it is there as a whole; and it is
    /// encoded off the pool.
    /// </summary>
    private async ValueTask WriteAsync(GatewayOutput output, long size, Func<IMessage> build, CallContext context)
    {
        if (size <= ServiceLimits.SmallAnswerBytes)
        {
            await output.WriteOnlyAsync(GatewayOutput.EncodeOnly(build())).ConfigureAwait(false);
            return;
        }

        AnswerSize.Check(JsonGrowth * size);
        using MemoryBudget.Share share = await answers.Memory.TakeAsync(2 * JsonGrowth * size, context.Cancellation).ConfigureAwait(false);
        ArrayBufferWriter<byte> body = await answers
            .RunAsync(() => GatewayOutput.EncodeOnly(build()), context.Cancellation).ConfigureAwait(false);
        await output.WriteOnlyAsync(body).ConfigureAwait(false);
    }

    /// <summary>Three of the calls have a second path, from when leases were part of the KV service.</summary>
    private void AddLeases(LeaseHandlers leases)
    {
        Unary<LeaseGrantRequest, LeaseGrantResponse>("lease/grant", leases.GrantAsync);
        foreach (string prefix in new[] { "", "kv/" })
        {
            Unary<LeaseRevokeRequest, LeaseRevokeResponse>(prefix + "lease/revoke", leases.RevokeAsync);
            Direct<LeaseTimeToLiveRequest, LeaseInspection>(prefix + "lease/timetolive", leases.TimeToLiveAsync);
            Direct<LeaseLeasesRequest, LeaseListing>(prefix + "lease/leases", leases.ListAsync);
        }

        Stream("lease/keepalive", (requests, context, output) => audit.RunStreamAsync(
            Calls.LeaseKeepAlive,
            new LeaseKeepAliveRequest(),
            context,
            () => KeepAliveAsync(leases, requests, context, output)));
    }

    private static async ValueTask KeepAliveAsync(LeaseHandlers leases, JsonRequests requests, CallContext context, GatewayOutput output)
    {
        using LeaderScope scope = leases.BeginKeepAlive(context);
        try
        {
            while (await requests.ReadAsync<LeaseKeepAliveRequest>(scope.Call.Cancellation).ConfigureAwait(false) is { } request)
            {
                await output.WriteNextAsync(await leases.KeepAliveAsync(request, scope.Call).ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        catch (Exception) when (scope.IsLeaderLost)
        {
            throw LeaderScope.NoLeader();
        }
    }

    private void AddCoordination(LockHandlers locks, ElectionHandlers elections)
    {
        Unary<LockRequest, LockResponse>("lock/lock", locks.LockAsync);
        Unary<UnlockRequest, UnlockResponse>("lock/unlock", locks.UnlockAsync);
        Unary<CampaignRequest, CampaignResponse>("election/campaign", elections.CampaignAsync);
        Unary<ProclaimRequest, ProclaimResponse>("election/proclaim", elections.ProclaimAsync);
        Unary<LeaderRequest, LeaderResponse>("election/leader", elections.LeaderAsync);
        Unary<ResignRequest, ResignResponse>("election/resign", elections.ResignAsync);
        Stream("election/observe", async (requests, context, output) =>
        {
            LeaderRequest request = await ReadOnlyAsync<LeaderRequest>(requests, context).ConfigureAwait(false);
            await audit.RunStreamAsync(
                Calls.Observe, request, context, () => elections.ObserveAsync(request, output.WriteNextAsync, context))
                .ConfigureAwait(false);
        });
    }

    private void AddAuth(AuthHandlers auth)
    {
        Unary<AuthEnableRequest, AuthEnableResponse>("auth/enable", auth.EnableAsync);
        Unary<AuthDisableRequest, AuthDisableResponse>("auth/disable", auth.DisableAsync);
        Unary<AuthStatusRequest, AuthStatusResponse>("auth/status", auth.StatusAsync);
        Unary<AuthenticateRequest, AuthenticateResponse>("auth/authenticate", auth.AuthenticateAsync);
        Unary<AuthUserAddRequest, AuthUserAddResponse>("auth/user/add", auth.UserAddAsync);
        Unary<AuthUserGetRequest, AuthUserGetResponse>("auth/user/get", auth.UserGetAsync);
        Unary<AuthUserListRequest, AuthUserListResponse>("auth/user/list", auth.UserListAsync);
        Unary<AuthUserDeleteRequest, AuthUserDeleteResponse>("auth/user/delete", auth.UserDeleteAsync);
        Unary<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse>("auth/user/changepw", auth.UserChangePasswordAsync);
        Unary<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse>("auth/user/grant", auth.UserGrantRoleAsync);
        Unary<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse>("auth/user/revoke", auth.UserRevokeRoleAsync);
        Unary<AuthRoleAddRequest, AuthRoleAddResponse>("auth/role/add", auth.RoleAddAsync);
        Unary<AuthRoleGetRequest, AuthRoleGetResponse>("auth/role/get", auth.RoleGetAsync);
        Unary<AuthRoleListRequest, AuthRoleListResponse>("auth/role/list", auth.RoleListAsync);
        Unary<AuthRoleDeleteRequest, AuthRoleDeleteResponse>("auth/role/delete", auth.RoleDeleteAsync);
        Unary<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse>("auth/role/grant", auth.RoleGrantPermissionAsync);
        Unary<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse>("auth/role/revoke", auth.RoleRevokePermissionAsync);
    }

    private void Unary<TRequest, TResponse>(string path, Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : class, IMessage, new()
        where TResponse : IMessage
    {
        Call known = Calls.AtGateway(path);
        Func<TRequest, CallContext, ValueTask<TResponse>> counted = metered.Of(known, handler);
        calls.Add(path, async (requests, context, output) =>
        {
            TRequest request = await ReadOnlyAsync<TRequest>(requests, context).ConfigureAwait(false);
            TResponse response = await unary.RunAsync(known, request, context, counted).ConfigureAwait(false);
            await WriteAsync(output, AnswerSize.Of(response), () => response, context).ConfigureAwait(false);
        });
    }

    private void Direct<TRequest, TAnswer>(string path, Func<TRequest, CallContext, ValueTask<TAnswer>> handler)
        where TRequest : class, IMessage, new()
        where TAnswer : IDirectAnswer
    {
        Call known = Calls.AtGateway(path);
        Func<TRequest, CallContext, ValueTask<TAnswer>> counted = metered.Of(known, handler);
        calls.Add(path, async (requests, context, output) =>
        {
            TRequest request = await ReadOnlyAsync<TRequest>(requests, context).ConfigureAwait(false);
            TAnswer answer = await unary.RunAsync(known, request, context, counted).ConfigureAwait(false);
            long size = await answers.SizeOfAsync(answer, context.Cancellation).ConfigureAwait(false);
            await WriteAsync(output, size, answer.ToMessage, context).ConfigureAwait(false);
        });
    }

    /// <summary>
    /// A call that is answered with a stream. What ends it is the stream's last value, unless it is a request that could not be read:
    /// then the handler has not been called.
    /// </summary>
    private void Stream(string path, GatewayCall call)
    {
        Call known = Calls.AtGateway(path);
        calls.Add(path, async (requests, context, output) =>
        {
            try
            {
                await metered.RunAsync(known, context, () => call(requests, context, output)).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is not GatewayException && HttpFrontEnd.ChunkFault(failure) is null)
            {
                output.BeginStream();
                throw;
            }
        });
    }

    /// <summary>The one request of a call; none at all is an empty message. What follows it is not looked at, as in etcd.</summary>
    private static async ValueTask<TRequest> ReadOnlyAsync<TRequest>(JsonRequests requests, CallContext context)
        where TRequest : class, IMessage, new() =>
        await requests.ReadOnlyAsync<TRequest>(context.Cancellation).ConfigureAwait(false) ?? new TRequest();
}
