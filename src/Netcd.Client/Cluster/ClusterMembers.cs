using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Cluster;

/// <summary>The members of a cluster.</summary>
internal sealed class ClusterMembers(EtcdConnection connection) : ICluster
{
    public async Task<MemberList> MembersAsync(bool linearizable, CancellationToken cancel)
    {
        MemberListRequest request = new() { Linearizable = linearizable };
        MemberListResponse answer = await connection.ReadAsync(ClusterCalls.List, request, null, cancel).ConfigureAwait(false);
        return ListOf(answer.Header, answer.Members);
    }

    public async Task<MemberAdded> AddAsync(IEnumerable<string> peerUrls, bool asLearner, CancellationToken cancel)
    {
        MemberAddRequest request = new() { IsLearner = asLearner };
        request.PeerURLs.AddRange(peerUrls);
        MemberAddResponse answer = await connection.WriteAsync(ClusterCalls.Add, request, null, cancel).ConfigureAwait(false);
        return new MemberAdded(answer.Header.ToHeader(), MemberOf(answer.Member), [.. answer.Members.Select(MemberOf)]);
    }

    public async Task<MemberList> UpdateAsync(ulong id, IEnumerable<string> peerUrls, CancellationToken cancel)
    {
        MemberUpdateRequest request = new() { ID = id };
        request.PeerURLs.AddRange(peerUrls);
        MemberUpdateResponse answer = await connection.WriteAsync(ClusterCalls.Update, request, null, cancel).ConfigureAwait(false);
        return ListOf(answer.Header, answer.Members);
    }

    public async Task<MemberList> RemoveAsync(ulong id, CancellationToken cancel)
    {
        MemberRemoveRequest request = new() { ID = id };
        MemberRemoveResponse answer = await connection.WriteAsync(ClusterCalls.Remove, request, null, cancel).ConfigureAwait(false);
        return ListOf(answer.Header, answer.Members);
    }

    public async Task<MemberList> PromoteAsync(ulong id, CancellationToken cancel)
    {
        MemberPromoteRequest request = new() { ID = id };
        MemberPromoteResponse answer = await connection.WriteAsync(ClusterCalls.Promote, request, null, cancel).ConfigureAwait(false);
        return ListOf(answer.Header, answer.Members);
    }

    public async Task<IReadOnlyList<string>> RefreshEndpointsAsync(CancellationToken cancel)
    {
        MemberList list = await MembersAsync(linearizable: true, cancel).ConfigureAwait(false);
        string[] endpoints = [.. list.Members
            .Where(static member => member.Name.Length > 0 && !member.IsLearner)
            .SelectMany(static member => member.ClientUrls)];
        if (endpoints.Length == 0)
        {
            throw new EtcdException(EtcdStatusCode.FailedPrecondition, "no member of the cluster advertises an address for clients");
        }

        connection.ChangeEndpoints(endpoints);
        return endpoints;
    }

    private static MemberList ListOf(ResponseHeader header, IEnumerable<Protocol.V3.Member> members) =>
        new(header.ToHeader(), [.. members.Select(MemberOf)]);

    private static Member MemberOf(Protocol.V3.Member member) =>
        new(member.ID, member.Name, [.. member.PeerURLs], [.. member.ClientURLs], member.IsLearner);
}
