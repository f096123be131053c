using Grpc.Core;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>The unary calls of the Lease service; keep-alives are served by <see cref="KeepAliveCalls"/>.</summary>
internal sealed class LeaseGrpcService(LeaseHandlers handlers) : Lease.LeaseBase
{
    public override Task<LeaseGrantResponse> LeaseGrant(LeaseGrantRequest request, ServerCallContext context) =>
        handlers.GrantAsync(request, context.Context()).AsTask();

    public override Task<LeaseRevokeResponse> LeaseRevoke(LeaseRevokeRequest request, ServerCallContext context) =>
        handlers.RevokeAsync(request, context.Context()).AsTask();

    /// <summary>Takes the places of the calls whose answers may be very large.</summary>
    public void AddTo(GrpcMethods methods)
    {
        methods.AddDirect(
            "/etcdserverpb.Lease/LeaseTimeToLive",
            LeaseTimeToLiveRequest.Parser,
            async (request, context) => await handlers.TimeToLiveAsync(request, context).ConfigureAwait(false));
        methods.AddDirect(
            "/etcdserverpb.Lease/LeaseLeases",
            LeaseLeasesRequest.Parser,
            async (request, context) => await handlers.ListAsync(request, context).ConfigureAwait(false));
    }
}
