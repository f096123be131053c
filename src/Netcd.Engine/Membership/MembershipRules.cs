using Netcd.Protocol.Errors;
using Netcd.Raft;

namespace Netcd.Engine.Membership;

/// <summary>
/// Which changes of the membership are refused when they are applied. They come through the log, so every member refuses
/// the same ones, whatever was checked when they were proposed.
/// </summary>
public static class MembershipRules
{
    /// <summary>Checks a change against the members as they are.</summary>
    /// <param name="members">The members that the entries before have made.</param>
    /// <param name="change">The change in raft's terms.</param>
    /// <param name="carried">What it carries; null for a removal.</param>
    /// <param name="maxLearners">Learners that a cluster may have: etcd's <c>--max-learners</c>.</param>
    /// <returns>Why it is refused, or null.</returns>
    public static EtcdError? Check(ClusterMembers members, ConfChange change, MemberChange? carried, int maxLearners)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(change);
        if (members.IsRemoved(change.NodeId))
        {
            return EtcdErrors.MemberNotFound;
        }

        Member? known = members.Find(change.NodeId);
        return change.Type switch
        {
            ConfChangeType.RemoveNode => CheckRemoval(members, known),
            ConfChangeType.UpdateNode => known is null ? EtcdErrors.MemberNotFound : CheckUrls(members, carried!.Member),
            ConfChangeType.AddNode or ConfChangeType.AddLearnerNode when carried!.IsPromotion => CheckPromotion(known),
            ConfChangeType.AddNode or ConfChangeType.AddLearnerNode =>
                known is null ? CheckNew(members, carried!.Member, maxLearners) : EtcdErrors.MemberExists,
            _ => EtcdErrors.InvalidMemberChange,
        };
    }

    /// <summary>A configuration without voters is not valid: raft could never agree on another.</summary>
    private static EtcdError? CheckRemoval(ClusterMembers members, Member? known)
    {
        if (known is null)
        {
            return EtcdErrors.MemberNotFound;
        }

        bool isLastVoter = !known.IsLearner && members.Members.Count(member => !member.IsLearner) == 1;
        return isLastVoter ? EtcdErrors.NotEnoughStartedMembers : null;
    }

    private static EtcdError? CheckPromotion(Member? known) => known switch
    {
        null => EtcdErrors.MemberNotFound,
        { IsLearner: false } => EtcdErrors.MemberNotLearner,
        _ => null,
    };

    private static EtcdError? CheckNew(ClusterMembers members, Member added, int maxLearners) =>
        CheckUrls(members, added)
        ?? (added.IsLearner && members.Members.Count(member => member.IsLearner) >= maxLearners ? EtcdErrors.TooManyLearners : null);

    /// <summary>A peer URL leads to one member.</summary>
    private static EtcdError? CheckUrls(ClusterMembers members, Member changed) =>
        members.Members.Where(member => member.Id != changed.Id).SelectMany(member => member.PeerUrls).Any(changed.PeerUrls.Contains)
            ? EtcdErrors.PeerUrlExists
            : null;
}
