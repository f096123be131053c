using Netcd.Engine.Peers;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;
using Netcd.Raft;

namespace Netcd.Engine.Node.Stages;

/// <summary>Where the consensus stage puts what raft wants done: other stages' inboxes and the transport.</summary>
internal interface IConsensusOutputs
{
    /// <summary>The requests are about to enter the log: the apply stage will meet them.</summary>
    void Proposing(IReadOnlyList<PendingRequest> requests);

    /// <summary>A request that was announced by <see cref="Proposing"/> did not enter the log.</summary>
    void Rejected(PendingRequest request, EtcdError error);

    /// <summary>A request is given up before it was announced.</summary>
    void Dropped(PendingRequest request, EtcdError error);

    /// <summary>To the log stage.</summary>
    void Append(Message message);

    /// <summary>To the apply stage.</summary>
    void Apply(Message message);

    /// <summary>To a peer.</summary>
    void Send(Message message);

    /// <summary>A message of a peer was taken, or refused.</summary>
    void Received(Message message, Reception reception, string? fault, long nowMilliseconds);

    /// <summary>Somebody unknown sends messages: asks the members who is one.</summary>
    void AskForMembers();

    /// <summary>Another leader, or none (0), is known.</summary>
    void LeaderChanged(ulong leaderId, ulong term);
}

/// <summary>Where raft stands.</summary>
/// <param name="LeaderId">The leader, or 0.</param>
/// <param name="Term">The term.</param>
/// <param name="CommitIndex">The last index known to be committed.</param>
/// <param name="AppliedIndex">The last index that readers see.</param>
/// <param name="AppliedTerm">That entry's term; 0 before the first one since the start.</param>
/// <param name="IsReadableAtOnce">Whether local state is current without asking anyone; see <see cref="ConsensusStage"/>.</param>
public sealed record RaftPosition(ulong LeaderId, ulong Term, ulong CommitIndex, ulong AppliedIndex, ulong AppliedTerm, bool IsReadableAtOnce);
