using Netcd.Engine.Peers;
using Netcd.Raft;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// What members take of the network: nothing of strangers, nothing that cannot be, and everything else that members send. That a member
/// refuses what another has really said means that one of the two is wrong.
/// </summary>
internal sealed class ReceptionJudge
{
    private readonly Dictionary<Message, Func<RaftCore, bool>> forged = new(ReferenceEqualityComparer.Instance);

    /// <summary>Forged messages that were refused.</summary>
    public long Refused { get; private set; }

    /// <summary>
    /// A stranger sends a message. That it stands for election may be heard where there was no leader for long: it costs a vote, and
    /// nothing
    /// that was agreed on.
    /// </summary>
    public void Stranger(Message message) => forged.Add(message, _ => message.Type is not (MessageType.Vote or MessageType.PreVote));

    /// <summary>A member's message was damaged on the way.</summary>
    /// <param name="message">As it arrives.</param>
    /// <param name="mustRefuse">Whether the receiver had to refuse it, as it stands afterwards.</param>
    public void Damaged(Message message, Func<RaftCore, bool> mustRefuse) => forged.Add(message, mustRefuse);

    /// <summary>A member has looked at a message.</summary>
    public void Received(SimulatedMember member, Message message, Reception reception, string? fault)
    {
        if (forged.Remove(message, out Func<RaftCore, bool>? mustRefuse))
        {
            if (reception != Reception.Taken)
            {
                Refused++;
            }
            else if (mustRefuse(member.Node!.Raft.Core))
            {
                throw new ViolationException(
                    "reception",
                    $"{member.Name} takes a forged {message.Type} of {message.From:x}: term {message.Term}, "
                        + $"{message.LogTerm}/{message.Index}, commit {message.Commit}");
            }
        }
        else if (reception == Reception.Impossible)
        {
            throw new ViolationException(
                "engine", $"{member.Name} refuses {message.Type} of {message.From:x} as impossible, which that one has sent: {fault}");
        }
    }
}
