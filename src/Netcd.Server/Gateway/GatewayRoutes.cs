using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;
using Netcd.Server.Coordination;
using Netcd.Server.Services;
using Netcd.Server.Watching;

namespace Netcd.Server.Gateway;

/// <summary>A call of the gateway: reads its request from JSON, and calls the handler.</summary>
/// <param name="body">The request's JSON.</param>
/// <param name="context">The call.</param>
/// <param name="output">Takes the answer: one message, or many of a stream.</param>
internal delegate ValueTask GatewayCall(ReadOnlyMemory<byte> body, CallContext context, GatewayOutput output);

/// <summary>A call of the gateway with many requests, which it reads from the body as they come in.</summary>
/// <param name="http">The request.</param>
/// <param name="context">The call.</param>
/// <param name="output">Takes the answers.</param>
internal delegate ValueTask GatewayStream(HttpContext http, CallContext context, GatewayOutput output);

/// <summary>The paths below <c>/v3/</c> and the handlers that they lead to.</summary>
internal sealed class GatewayRoutes
{
    private readonly Dictionary<string, GatewayCall> calls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GatewayStream> streams = new(StringComparer.Ordinal);
    private readonly int maxMessageBytes;

    /// <summary>The routes to these handlers.</summary>
    public GatewayRoutes(ClientHandlers handlers, int maxMessageBytes)
    {
        (KvHandlers kv, WatchHandlers watch, LeaseHandlers leases, ClusterHandlers cluster, MaintenanceHandlers maintenance) = handlers;
        streams.Add("watch", new WatchGateway(watch, maxMessageBytes).RunAsync);
        this.maxMessageBytes = maxMessageBytes;
        Unary<RangeRequest, RangeResponse>("kv/range", (request, context) => RangeAsync(kv, request, context));
        Unary<PutRequest, PutResponse>("kv/put", kv.PutAsync);
        Unary<DeleteRangeRequest, DeleteRangeResponse>("kv/deleterange", kv.DeleteRangeAsync);
        Unary<TxnRequest, TxnResponse>("kv/txn", kv.TxnAsync);
        Unary<CompactionRequest, CompactionResponse>("kv/compaction", kv.CompactAsync);
        AddLeases(leases);
        AddCoordination(handlers.Locks, handlers.Elections);
        Unary<MemberListRequest, MemberListResponse>("cluster/member/list", cluster.MemberListAsync);
        Unary<MemberAddRequest, MemberAddResponse>("cluster/member/add", cluster.MemberAddAsync);
        Unary<MemberRemoveRequest, MemberRemoveResponse>("cluster/member/remove", cluster.MemberRemoveAsync);
        Unary<MemberUpdateRequest, MemberUpdateResponse>("cluster/member/update", cluster.MemberUpdateAsync);
        Unary<MemberPromoteRequest, MemberPromoteResponse>("cluster/member/promote", cluster.MemberPromoteAsync);
        Unary<MoveLeaderRequest, MoveLeaderResponse>("maintenance/transfer-leadership", maintenance.MoveLeaderAsync);
        Unary<StatusRequest, StatusResponse>("maintenance/status", maintenance.StatusAsync);
        Unary<HashRequest, HashResponse>("maintenance/hash", maintenance.HashAsync);
        Unary<HashKVRequest, HashKVResponse>("maintenance/hashkv", maintenance.HashKvAsync);
        Unary<AlarmRequest, AlarmResponse>("maintenance/alarm", maintenance.AlarmAsync);
        calls.Add("maintenance/snapshot", async (body, context, output) =>
        {
            Parse<SnapshotRequest>(body.Span);
            await maintenance.SnapshotAsync(output.WriteNextAsync, context).ConfigureAwait(false);
        });
    }

    /// <summary>The call at a path, or null.</summary>
    /// <param name="path">What follows <c>/v3/</c>.</param>
    public GatewayCall? Find(string path) => calls.GetValueOrDefault(path);

    /// <summary>The call at a path that reads many requests, or null.</summary>
    /// <param name="path">What follows <c>/v3/</c>.</param>
    public GatewayStream? FindStream(string path) => streams.GetValueOrDefault(path);

    private static async ValueTask<RangeResponse> RangeAsync(KvHandlers kv, RangeRequest request, CallContext context)
    {
        using RangeAnswer answer = await kv.RangeAsync(request, context).ConfigureAwait(false);
        return answer.ToMessage();
    }

    /// <summary>Three of the calls have a second path, from when leases were part of the KV service.</summary>
    private void AddLeases(LeaseHandlers leases)
    {
        Unary<LeaseGrantRequest, LeaseGrantResponse>("lease/grant", leases.GrantAsync);
        foreach (string prefix in new[] { "", "kv/" })
        {
            Unary<LeaseRevokeRequest, LeaseRevokeResponse>(prefix + "lease/revoke", leases.RevokeAsync);
            Unary<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>(prefix + "lease/timetolive", leases.TimeToLiveAsync);
            Unary<LeaseLeasesRequest, LeaseLeasesResponse>(prefix + "lease/leases", leases.ListAsync);
        }

        calls.Add("lease/keepalive", async (body, context, output) =>
        {
            leases.BeginKeepAlive(context);
            while (MessageReader.TryReadNext(ref body, out LeaseKeepAliveRequest request))
            {
                await output.WriteNextAsync(await leases.KeepAliveAsync(request, context).ConfigureAwait(false)).ConfigureAwait(false);
            }
        });
    }

    private void AddCoordination(LockHandlers locks, ElectionHandlers elections)
    {
        Unary<LockRequest, LockResponse>("lock/lock", locks.LockAsync);
        Unary<UnlockRequest, UnlockResponse>("lock/unlock", locks.UnlockAsync);
        Unary<CampaignRequest, CampaignResponse>("election/campaign", elections.CampaignAsync);
        Unary<ProclaimRequest, ProclaimResponse>("election/proclaim", elections.ProclaimAsync);
        Unary<LeaderRequest, LeaderResponse>("election/leader", elections.LeaderAsync);
        Unary<ResignRequest, ResignResponse>("election/resign", elections.ResignAsync);
        calls.Add("election/observe", async (body, context, output) =>
            await elections.ObserveAsync(Parse<LeaderRequest>(body.Span), output.WriteNextAsync, context).ConfigureAwait(false));
    }

    private void Unary<TRequest, TResponse>(string path, Func<TRequest, CallContext, ValueTask<TResponse>> handler)
        where TRequest : IMessage, new()
        where TResponse : IMessage =>
        calls.Add(path, async (body, context, output) =>
        {
            TResponse response = await handler(Parse<TRequest>(body.Span), context).ConfigureAwait(false);
            await output.WriteOnlyAsync(response).ConfigureAwait(false);
        });

    private TRequest Parse<TRequest>(ReadOnlySpan<byte> body)
        where TRequest : IMessage, new()
    {
        TRequest request = new();
        MessageReader.Read(body, request);
        int bytes = request.CalculateSize();
        return bytes <= maxMessageBytes ? request : throw GatewayException.TooLarge(bytes, maxMessageBytes);
    }
}
