using System.Text.Json;
using Netcd.Engine.Backend;
using Netcd.Protocol.Errors;
using Netcd.Raft;

namespace Netcd.Engine.Membership;

/// <summary>Who takes part in the cluster at an entry of the log: raft's view, and the members with their addresses.</summary>
internal sealed record ClusterConfiguration(ConfState ConfState, ClusterMembers Members)
{
    /// <summary>Without members: where every log begins.</summary>
    public static ClusterConfiguration Empty { get; } = new(ConfState.Empty, ClusterMembers.Empty);

    /// <summary>What a committed change makes of it. A change that the rules refuse leaves it as it is, in raft too.</summary>
    /// <param name="change">The change, with the member that it carries as JSON.</param>
    /// <param name="maxLearners">Learners that the cluster may have.</param>
    /// <param name="changes">Where the members' changes for the backend are added.</param>
    /// <param name="refusal">Why it is refused, or null.</param>
    public ClusterConfiguration After(ConfChange change, int maxLearners, List<BucketChange> changes, out EtcdError? refusal)
    {
        refusal = TryReadCarried(change, out MemberChange? carried)
            ? MembershipRules.Check(Members, change, carried, maxLearners)
            : EtcdErrors.InvalidMemberChange;
        return refusal is not null
            ? this
            : new ClusterConfiguration(
                ConfState.After(change.ToV2()),
                carried is null
                    ? Members.Without(change.NodeId, changes)
                    : Members.With(Changed(Members.Find(change.NodeId), carried), changes));
    }

    /// <summary>
    /// What a change carries: the member that it is about. Whether it votes is raft's word, as the others' raft goes by it too; so is what
    /// becomes of a learner.
    /// </summary>
    private static bool TryReadCarried(ConfChange change, out MemberChange? carried)
    {
        carried = null;
        if (change.Type == ConfChangeType.RemoveNode)
        {
            return true;
        }

        try
        {
            MemberChange read = MemberChange.FromJson(change.Context.Span);
            bool isLearner = change.Type == ConfChangeType.AddLearnerNode;
            carried = read with { Member = read.Member with { IsLearner = isLearner } };
            return read.Member.Id == change.NodeId && !(isLearner && read.IsPromotion);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A promotion changes the vote alone, an update the peer URLs: name and client URLs are the member's own to
    /// publish.</summary>
    private static Member Changed(Member? known, MemberChange carried)
    {
        if (known is null)
        {
            return carried.Member;
        }

        return carried.IsPromotion ? known with { IsLearner = false } : known with { PeerUrls = carried.Member.PeerUrls };
    }
}
