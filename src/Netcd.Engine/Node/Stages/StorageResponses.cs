using Netcd.Engine.Peers;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Where messages go that waited until a request of raft's storage protocol was carried out: to raft itself, or to a peer.
/// </summary>
internal sealed class StorageResponses(ulong memberId, ConsensusPort consensus, PeerLinks peers)
{
    public void Send(Message response)
    {
        if (response.To == memberId)
        {
            consensus.Responses.Add(response);
        }
        else
        {
            peers.Send(response);
        }
    }
}
