using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;

namespace Netcd.Server.Services;

/// <summary>
/// What <c>--strict-reconfig-check</c> refuses before it goes into the log: changes after which the members that are
/// started, or reached, would be no quorum any more.
/// </summary>
internal sealed class ReconfigurationChecks(ulong self, NodePeers peers)
{
    /// <summary>How long a member must have been reached to count as healthy.</summary>
    private static readonly TimeSpan HealthyTime = TimeSpan.FromSeconds(5);

    /// <summary>Whether a member may be added.</summary>
    public EtcdError? CheckAddition(ClusterMembers members, bool isLearner)
    {
        List<Member> voters = Voters(members);
        if (!isLearner && !IsReadyToAdd(voters))
        {
            return EtcdErrors.NotEnoughStartedMembers;
        }

        // The new member counts as one that is not there.
        return voters.Count == 1 || Healthy(voters) >= Quorum(voters.Count + 1) ? null : EtcdErrors.Unhealthy;
    }

    /// <summary>Whether a member may be removed.</summary>
    public EtcdError? CheckRemoval(ClusterMembers members, ulong id)
    {
        if (members.Find(id) is { IsLearner: true })
        {
            return null;
        }

        List<Member> voters = Voters(members);
        List<Member> staying = voters.FindAll(member => member.Id != id);
        if (staying.Count(IsStarted) < Quorum(staying.Count))
        {
            return EtcdErrors.NotEnoughStartedMembers;
        }

        // One that is down is not part of the present quorum.
        if (id != self && peers.ConnectedFor(new MemberId(id)) is null)
        {
            return null;
        }

        return Healthy(voters) - 1 < 1 + ((voters.Count - 1) / 2) ? EtcdErrors.Unhealthy : null;
    }

    /// <summary>Whether a learner may get a vote.</summary>
    public static EtcdError? CheckPromotion(ClusterMembers members)
    {
        List<Member> voters = Voters(members);
        return voters.Count(IsStarted) + 1 < Quorum(voters.Count + 1) ? EtcdErrors.NotEnoughStartedMembers : null;
    }

    private static bool IsReadyToAdd(List<Member> voters)
    {
        int started = voters.Count(IsStarted);

        // A single member whose data was restored grows again, though two is the quorum of two.
        return (started == 1 && voters.Count == 1) || started >= Quorum(voters.Count + 1);
    }

    private static List<Member> Voters(ClusterMembers members) => [.. members.Members.Where(member => !member.IsLearner)];

    /// <summary>A member has a name once it has started.</summary>
    private static bool IsStarted(Member member) => member.Name.Length > 0;

    private static int Quorum(int members) => (members / 2) + 1;

    private int Healthy(List<Member> voters) =>
        voters.Count(member => member.Id == self || peers.ConnectedFor(new MemberId(member.Id)) > HealthyTime);
}
