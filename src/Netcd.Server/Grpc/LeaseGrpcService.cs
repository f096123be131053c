using Grpc.Core;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>The unary calls of the Lease service; keep-alives take the lean path (see <see cref="KeepAliveCalls"/>).</summary>
internal sealed class LeaseGrpcService(LeaseHandlers handlers) : Lease.LeaseBase
{
    public override Task<LeaseGrantResponse> LeaseGrant(LeaseGrantRequest request, ServerCallContext context) =>
        GrpcCalls.RunAsync(handlers.GrantAsync(request, context.Context()));

    public override Task<LeaseRevokeResponse> LeaseRevoke(LeaseRevokeRequest request, ServerCallContext context) =>
        GrpcCalls.RunAsync(handlers.RevokeAsync(request, context.Context()));

    public override Task<LeaseTimeToLiveResponse> LeaseTimeToLive(LeaseTimeToLiveRequest request, ServerCallContext context) =>
        GrpcCalls.RunAsync(handlers.TimeToLiveAsync(request, context.Context()));

    public override Task<LeaseLeasesResponse> LeaseLeases(LeaseLeasesRequest request, ServerCallContext context) =>
        GrpcCalls.RunAsync(handlers.ListAsync(request, context.Context()));
}
