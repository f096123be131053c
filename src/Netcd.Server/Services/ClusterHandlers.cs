using Netcd.Engine.Node;
using Netcd.Protocol.V3;
using EngineMember = Netcd.Engine.Membership.Member;

namespace Netcd.Server.Services;

/// <summary>The Cluster service, whatever transport calls it.</summary>
public sealed class ClusterHandlers(EngineGate gate)
{
    private readonly EtcdNode node = gate.Node;

    /// <summary>Lists the members; the header of the Cluster service carries no revision.</summary>
    public async ValueTask<MemberListResponse> MemberListAsync(MemberListRequest request, CallContext context)
    {
        if (request.Linearizable)
        {
            await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        }

        MemberListResponse response = new() { Header = node.Header(revision: 0) };
        foreach (EngineMember member in node.Members.Members)
        {
            Member item = new() { ID = member.Id, Name = member.Name, IsLearner = member.IsLearner };
            item.PeerURLs.AddRange(member.PeerUrls);
            item.ClientURLs.AddRange(member.ClientUrls);
            response.Members.Add(item);
        }

        return response;
    }
}
