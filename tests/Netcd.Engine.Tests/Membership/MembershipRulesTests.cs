using Netcd.Engine.Membership;
using Netcd.Protocol.Errors;
using Netcd.Raft;

namespace Netcd.Engine.Tests.Membership;

public sealed class MembershipRulesTests
{
    private static readonly Member First = new(1, "a", ["http://a:1"], [], IsLearner: false);
    private static readonly Member Second = new(2, "b", ["http://b:1"], [], IsLearner: false);
    private static readonly Member Learner = new(3, "", ["http://c:1"], [], IsLearner: true);

    [Fact]
    public void A_new_member_is_added() => Assert.Null(Check([First], Add(Second)));

    [Fact]
    public void A_known_id_is_not_added_again() => Assert.Equal(EtcdErrors.MemberExists, Check([First, Second], Add(Second)));

    [Fact]
    public void A_removed_id_never_comes_back() =>
        Assert.Equal(EtcdErrors.MemberNotFound, MembershipRules.Check(
            Members([First, Second]).Without(2, []), Change(ConfChangeType.AddNode, 2), new MemberChange(Second, false), 1));

    [Fact]
    public void A_peer_url_leads_to_one_member() =>
        Assert.Equal(EtcdErrors.PeerUrlExists, Check([First], Add(Second with { PeerUrls = ["http://b:1", "http://a:1"] })));

    [Fact]
    public void There_are_no_more_learners_than_allowed() =>
        Assert.Equal(EtcdErrors.TooManyLearners, Check([First, Learner], Add(new Member(4, "", ["http://d:1"], [], IsLearner: true))));

    [Fact]
    public void An_update_may_keep_its_own_urls_but_not_take_others()
    {
        Assert.Null(Check([First, Second], Update(Second)));
        Assert.Equal(EtcdErrors.PeerUrlExists, Check([First, Second], Update(Second with { PeerUrls = First.PeerUrls })));
        Assert.Equal(EtcdErrors.MemberNotFound, Check([First], Update(Second)));
    }

    [Fact]
    public void Only_a_learner_is_promoted()
    {
        Assert.Null(Check([First, Learner], Promote(Learner)));
        Assert.Equal(EtcdErrors.MemberNotLearner, Check([First, Second], Promote(Second)));
        Assert.Equal(EtcdErrors.MemberNotFound, Check([First], Promote(Learner)));
    }

    [Fact]
    public void The_last_voter_stays()
    {
        Assert.Equal(EtcdErrors.NotEnoughStartedMembers, Check([First, Learner], (Change(ConfChangeType.RemoveNode, 1), null)));
        Assert.Null(Check([First, Learner], (Change(ConfChangeType.RemoveNode, 3), null)));
        Assert.Null(Check([First, Second], (Change(ConfChangeType.RemoveNode, 1), null)));
        Assert.Equal(EtcdErrors.MemberNotFound, Check([First], (Change(ConfChangeType.RemoveNode, 9), null)));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-1)]
    public void A_kind_of_change_that_nobody_knows_is_refused(int type)
    {
        foreach (bool isPromotion in (bool[])[true, false])
        {
            foreach (Member member in (Member[])[First, Second, Learner])
            {
                Assert.Equal(
                    EtcdErrors.InvalidMemberChange,
                    Check([First, Learner], (Change((ConfChangeType)type, member.Id), new MemberChange(member, isPromotion))));
            }
        }
    }

    [Fact]
    public void What_a_change_carries_is_read_back_as_it_was_written()
    {
        foreach (bool isPromotion in (bool[])[true, false])
        {
            MemberChange read = MemberChange.FromJson(new MemberChange(First, isPromotion).ToJson());
            Assert.Equal(isPromotion, read.IsPromotion);
            Assert.Equal(First.PeerUrls, read.Member.PeerUrls);
            Assert.Equal(First.Id, read.Member.Id);
        }

        Assert.False(MemberChange.FromJson(Second.ToJson()).IsPromotion);
    }

    private static EtcdError? Check(Member[] members, (ConfChange Change, MemberChange? Carried) proposed) =>
        MembershipRules.Check(Members(members), proposed.Change, proposed.Carried, maxLearners: 1);

    private static ClusterMembers Members(Member[] members) =>
        members.Aggregate(ClusterMembers.Empty, static (before, member) => before.With(member, []));

    private static ConfChange Change(ConfChangeType type, ulong id) => new() { Type = type, NodeId = id };

    private static (ConfChange, MemberChange?) Add(Member member) =>
        (Change(member.IsLearner ? ConfChangeType.AddLearnerNode : ConfChangeType.AddNode, member.Id),
            new MemberChange(member, IsPromotion: false));

    private static (ConfChange, MemberChange?) Update(Member member) =>
        (Change(ConfChangeType.UpdateNode, member.Id), new MemberChange(member, IsPromotion: false));

    private static (ConfChange, MemberChange?) Promote(Member member) =>
        (Change(ConfChangeType.AddNode, member.Id), new MemberChange(member with { IsLearner = false }, IsPromotion: true));
}
