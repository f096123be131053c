using Google.Protobuf;
using Grpc.Core;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Cluster;

/// <summary>The calls of etcd's Cluster service.</summary>
internal static class ClusterCalls
{
    public static Method<MemberListRequest, MemberListResponse> List { get; } =
        Call<MemberListRequest, MemberListResponse>("MemberList", MemberListResponse.Parser);

    public static Method<MemberAddRequest, MemberAddResponse> Add { get; } =
        Call<MemberAddRequest, MemberAddResponse>("MemberAdd", MemberAddResponse.Parser);

    public static Method<MemberUpdateRequest, MemberUpdateResponse> Update { get; } =
        Call<MemberUpdateRequest, MemberUpdateResponse>("MemberUpdate", MemberUpdateResponse.Parser);

    public static Method<MemberRemoveRequest, MemberRemoveResponse> Remove { get; } =
        Call<MemberRemoveRequest, MemberRemoveResponse>("MemberRemove", MemberRemoveResponse.Parser);

    public static Method<MemberPromoteRequest, MemberPromoteResponse> Promote { get; } =
        Call<MemberPromoteRequest, MemberPromoteResponse>("MemberPromote", MemberPromoteResponse.Parser);

    private static Method<TRequest, TResponse> Call<TRequest, TResponse>(string name, MessageParser<TResponse> answers)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => Messages.Unary<TRequest, TResponse>("etcdserverpb.Cluster", name, answers);
}
