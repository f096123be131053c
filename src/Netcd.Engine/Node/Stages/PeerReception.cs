using Netcd.Engine.Peers;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>
/// Takes messages of peers to raft: those of members alone, and of these what can be. It is a part of the consensus stage, since only there
/// is known who is a member now, and where the log stands.
/// </summary>
/// <param name="raft">Takes them.</param>
/// <param name="senders">Whose messages are taken.</param>
/// <param name="outputs">Told of each.</param>
internal sealed class PeerReception(RaftNode raft, KnownSenders senders, IConsensusOutputs outputs)
{
    private readonly PeerInbox inbox = new();

    /// <summary>What to call when a message comes.</summary>
    public void SetWaker(Action wake) => inbox.SetWaker(wake);

    /// <summary>Delivers a message of a peer, from any thread; false where too many wait, and this one is dropped.</summary>
    public bool TryDeliver(Message message) => inbox.TryAdd(message);

    /// <summary>Takes what has come in.</summary>
    public void Step(long now)
    {
        senders.Step(now);
        foreach (Message message in inbox.Drain())
        {
            string? fault = null;
            Reception reception = !senders.Hears(message, now) ? Reception.SenderUnknown
                : raft.Receive(message, out fault) == StepResult.Impossible ? Reception.Impossible : Reception.Taken;
            outputs.Received(message, reception, fault, now);
        }
    }
}
