using Grpc.Core;
using Netcd.Protocol.Health;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>The stream of the KV service; its unary calls take the lean path (see <see cref="KvCalls"/>).</summary>
internal sealed class KvGrpcService(KvHandlers handlers) : KV.KVBase
{
    public override Task RangeStream(
        RangeRequest request, IServerStreamWriter<RangeStreamResponse> responseStream, ServerCallContext context)
    {
        async ValueTask WriteAsync(RangeResponse piece) =>
            await responseStream.WriteAsync(new RangeStreamResponse { RangeResponse = piece }).ConfigureAwait(false);
        return handlers.RangeStreamAsync(request, WriteAsync, context.Context()).AsTask();
    }
}

/// <summary>The Cluster service.</summary>
internal sealed class ClusterGrpcService(ClusterHandlers handlers) : Cluster.ClusterBase
{
    public override Task<MemberListResponse> MemberList(MemberListRequest request, ServerCallContext context) =>
        handlers.MemberListAsync(request, context.Context()).AsTask();

    public override Task<MemberAddResponse> MemberAdd(MemberAddRequest request, ServerCallContext context) =>
        handlers.MemberAddAsync(request, context.Context()).AsTask();

    public override Task<MemberRemoveResponse> MemberRemove(MemberRemoveRequest request, ServerCallContext context) =>
        handlers.MemberRemoveAsync(request, context.Context()).AsTask();

    public override Task<MemberUpdateResponse> MemberUpdate(MemberUpdateRequest request, ServerCallContext context) =>
        handlers.MemberUpdateAsync(request, context.Context()).AsTask();

    public override Task<MemberPromoteResponse> MemberPromote(MemberPromoteRequest request, ServerCallContext context) =>
        handlers.MemberPromoteAsync(request, context.Context()).AsTask();
}

/// <summary>The Maintenance service.</summary>
internal sealed class MaintenanceGrpcService(MaintenanceHandlers handlers) : Maintenance.MaintenanceBase
{
    public override Task<StatusResponse> Status(StatusRequest request, ServerCallContext context) =>
        handlers.StatusAsync(request, context.Context()).AsTask();

    public override Task<HashResponse> Hash(HashRequest request, ServerCallContext context) =>
        handlers.HashAsync(request, context.Context()).AsTask();

    public override Task<HashKVResponse> HashKV(HashKVRequest request, ServerCallContext context) =>
        handlers.HashKvAsync(request, context.Context()).AsTask();

    public override Task<AlarmResponse> Alarm(AlarmRequest request, ServerCallContext context) =>
        handlers.AlarmAsync(request, context.Context()).AsTask();

    public override Task<DefragmentResponse> Defragment(DefragmentRequest request, ServerCallContext context) =>
        handlers.DefragmentAsync(request, context.Context()).AsTask();

    /// <inheritdoc/>
    public override Task<MoveLeaderResponse> MoveLeader(MoveLeaderRequest request, ServerCallContext context) =>
        handlers.MoveLeaderAsync(request, context.Context()).AsTask();

    public override Task<DowngradeResponse> Downgrade(DowngradeRequest request, ServerCallContext context) =>
        handlers.DowngradeAsync(request, context.Context()).AsTask();

    public override Task Snapshot(
        SnapshotRequest request, IServerStreamWriter<SnapshotResponse> responseStream, ServerCallContext context) =>
        handlers.SnapshotAsync(responseStream.WriteAsync, context.Context()).AsTask();
}

/// <summary>The health service that gRPC clients and balancers ask.</summary>
internal sealed class HealthGrpcService : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        request.Service.Length == 0
            ? Task.FromResult(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving })
            : throw new RpcException(new Status(StatusCode.NotFound, "unknown service"));

    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        HealthCheckResponse response = new()
        {
            Status = request.Service.Length == 0
                ? HealthCheckResponse.Types.ServingStatus.Serving
                : HealthCheckResponse.Types.ServingStatus.ServiceUnknown,
        };
        await responseStream.WriteAsync(response).ConfigureAwait(false);
        await Task.Delay(Timeout.Infinite, context.CancellationToken).ConfigureAwait(false);
    }
}
