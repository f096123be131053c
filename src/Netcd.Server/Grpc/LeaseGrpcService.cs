using Grpc.Core;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>The Lease service.</summary>
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

    public override Task LeaseKeepAlive(
        IAsyncStreamReader<LeaseKeepAliveRequest> requestStream, IServerStreamWriter<LeaseKeepAliveResponse> responseStream, ServerCallContext context) =>
        GrpcCalls.RunAsync(KeepAliveAsync(requestStream, responseStream, context.Context()));

    private async ValueTask KeepAliveAsync(
        IAsyncStreamReader<LeaseKeepAliveRequest> requests, IServerStreamWriter<LeaseKeepAliveResponse> responses, CallContext context)
    {
        try
        {
            await handlers.RunKeepAliveAsync(context, call => ExchangeAsync(requests, responses, call)).ConfigureAwait(false);
        }
        catch (Exception failure) when (context.Cancellation.IsCancellationRequested && failure is OperationCanceledException or IOException)
        {
            // The client has gone; there is no one to answer.
        }
    }

    private async ValueTask ExchangeAsync(
        IAsyncStreamReader<LeaseKeepAliveRequest> requests, IServerStreamWriter<LeaseKeepAliveResponse> responses, CallContext call)
    {
        while (await requests.MoveNext(call.Cancellation).ConfigureAwait(false))
        {
            await responses.WriteAsync(await handlers.KeepAliveAsync(requests.Current, call).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }
}
