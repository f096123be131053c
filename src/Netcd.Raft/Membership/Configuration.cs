using System.Text;

namespace Netcd.Raft;

/// <summary>
/// Who takes part, and how. Nobody is voter and learner at once: an outgoing voter that shall learn waits in
/// <paramref name="LearnersNext"/> until the joint configuration is left.
/// </summary>
internal sealed record Configuration(JointQuorum Voters, NodeSet Learners, NodeSet LearnersNext, bool AutoLeave)
{
    public static Configuration Empty { get; } = new(JointQuorum.Empty, NodeSet.Empty, NodeSet.Empty, false);

    public bool IsJoint => Voters.IsJoint;

    /// <summary>True when one voter decides alone.</summary>
    public bool IsSingleton => Voters.Incoming.Count == 1 && !IsJoint;

    public ConfState ToConfState() => new()
    {
        Voters = [.. Voters.Incoming],
        VotersOutgoing = [.. Voters.Outgoing],
        Learners = [.. Learners],
        LearnersNext = [.. LearnersNext],
        AutoLeave = AutoLeave,
    };

    public override string ToString()
    {
        StringBuilder text = new($"voters={Voters}");
        if (Learners.Count > 0)
        {
            text.Append(" learners=").Append(Learners);
        }

        if (LearnersNext.Count > 0)
        {
            text.Append(" learners_next=").Append(LearnersNext);
        }

        if (AutoLeave)
        {
            text.Append(" autoleave");
        }

        return text.ToString();
    }
}
