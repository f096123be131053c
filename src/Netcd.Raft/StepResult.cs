namespace Netcd.Raft;

/// <summary>How raft took a message or a proposal.</summary>
public enum StepResult
{
    /// <summary>Taken (or rightly ignored).</summary>
    Ok,

    /// <summary>
    /// The proposal was dropped: no leader known, a transfer of leadership under way, too many uncommitted bytes, forwarding disabled,
    /// or a configuration change that cannot be read.
    /// </summary>
    ProposalDropped,

    /// <summary>A message that only the node itself may send came from elsewhere.</summary>
    LocalMessageRefused,

    /// <summary>A response came from a node that is not part of the configuration.</summary>
    UnknownPeer,

    /// <summary>The message cannot be: no node that keeps to the protocol, and has lost nothing, sends it. Nothing was changed.</summary>
    Impossible,
}
