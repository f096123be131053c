using Grpc.Core;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>The Lock service.</summary>
internal sealed class LockGrpcService(LockHandlers handlers) : Protocol.V3Lock.Lock.LockBase
{
    public override Task<LockResponse> Lock(LockRequest request, ServerCallContext context) =>
        handlers.LockAsync(request, context.Context()).AsTask();

    public override Task<UnlockResponse> Unlock(UnlockRequest request, ServerCallContext context) =>
        handlers.UnlockAsync(request, context.Context()).AsTask();
}

/// <summary>The Election service.</summary>
internal sealed class ElectionGrpcService(ElectionHandlers handlers) : Election.ElectionBase
{
    public override Task<CampaignResponse> Campaign(CampaignRequest request, ServerCallContext context) =>
        handlers.CampaignAsync(request, context.Context()).AsTask();

    public override Task<ProclaimResponse> Proclaim(ProclaimRequest request, ServerCallContext context) =>
        handlers.ProclaimAsync(request, context.Context()).AsTask();

    public override Task<LeaderResponse> Leader(LeaderRequest request, ServerCallContext context) =>
        handlers.LeaderAsync(request, context.Context()).AsTask();

    public override Task<ResignResponse> Resign(ResignRequest request, ServerCallContext context) =>
        handlers.ResignAsync(request, context.Context()).AsTask();

    public override Task Observe(LeaderRequest request, IServerStreamWriter<LeaderResponse> responseStream, ServerCallContext context) =>
        handlers.ObserveAsync(request, responseStream.WriteAsync, context.Context()).AsTask();
}
