using Google.Protobuf;
using Grpc.Core;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Maintenance;

/// <summary>The calls of etcd's Maintenance service.</summary>
internal static class MaintenanceCalls
{
    private const string Service = "etcdserverpb.Maintenance";

    public static Method<StatusRequest, StatusResponse> Status { get; } =
        Call<StatusRequest, StatusResponse>("Status", StatusResponse.Parser);

    public static Method<DefragmentRequest, DefragmentResponse> Defragment { get; } =
        Call<DefragmentRequest, DefragmentResponse>("Defragment", DefragmentResponse.Parser);

    public static Method<HashRequest, HashResponse> Hash { get; } = Call<HashRequest, HashResponse>("Hash", HashResponse.Parser);

    public static Method<HashKVRequest, HashKVResponse> HashKv { get; } =
        Call<HashKVRequest, HashKVResponse>("HashKV", HashKVResponse.Parser);

    public static Method<SnapshotRequest, SnapshotResponse> Snapshot { get; } =
        Messages.ServerStream<SnapshotRequest, SnapshotResponse>(Service, "Snapshot", SnapshotResponse.Parser);

    public static Method<MoveLeaderRequest, MoveLeaderResponse> MoveLeader { get; } =
        Call<MoveLeaderRequest, MoveLeaderResponse>("MoveLeader", MoveLeaderResponse.Parser);

    public static Method<AlarmRequest, AlarmResponse> Alarm { get; } = Call<AlarmRequest, AlarmResponse>("Alarm", AlarmResponse.Parser);

    public static Method<DowngradeRequest, DowngradeResponse> Downgrade { get; } =
        Call<DowngradeRequest, DowngradeResponse>("Downgrade", DowngradeResponse.Parser);

    private static Method<TRequest, TResponse> Call<TRequest, TResponse>(string name, MessageParser<TResponse> answers)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => Messages.Unary<TRequest, TResponse>(Service, name, answers);
}
