using Netcd.Engine.Peers;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Takes messages of peers to raft: those of members alone, and of these what can be. It is a part of the consensus stage, since only there
/// is known who is a member now, and where the log stands.
/// </summary>
/// <param name="raft">Takes them.</param>
/// <param name="senders">Whose messages are taken.</param>
/// <param name="inbox">What has come in.</param>
/// <param name="refused">Counts those that are refused.</param>
internal sealed class PeerReception(RaftNode raft, KnownSenders senders, PeerInbox inbox, RefusedMessages refused)
{
    /// <summary>Takes what has come in.</summary>
    public void Step(long now)
    {
        senders.Step(now);
        foreach (Message message in inbox.Drain())
        {
            string? fault = null;
            Reception reception = !senders.Hears(message, now) ? Reception.SenderUnknown
                : raft.Receive(message, out fault) == StepResult.Impossible ? Reception.Impossible : Reception.Taken;
            refused.Received(message, reception, fault, now);
        }
    }
}
