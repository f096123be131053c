using Netcd.Engine.Apply;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Engine.Tests.Node;

/// <summary>Entries that make no sense enter no log, and where one is in a log all members pass it over alike (finding H9).</summary>
public sealed class SenselessEntryTests
{
    [Fact]
    public void H9_what_nobody_can_apply_is_not_taken_into_a_log()
    {
        InternalRaftRequest withoutAttributes = new() { ClusterMemberAttrSet = new Protocol.Membershippb.ClusterMemberAttrSetRequest { MemberID = 1 } };
        InternalRaftRequest noVersion = new() { ClusterVersionSet = new Protocol.Membershippb.ClusterVersionSetRequest { Ver = "three" } };
        Request attributes = new() { Method = "PUT", Path = "/0/members/1a/attributes", Val = "[1]" };
        Entry[] senseless =
        [
            new(EntryType.Normal, 0, 0, new byte[] { 0xff, 0xff }),
            new(EntryType.Normal, 0, 0, Google.Protobuf.MessageExtensions.ToByteArray(withoutAttributes)),
            new(EntryType.Normal, 0, 0, Google.Protobuf.MessageExtensions.ToByteArray(noVersion)),
            new(EntryType.Normal, 0, 0, Google.Protobuf.MessageExtensions.ToByteArray(new InternalRaftRequest { V2 = attributes })),
            new(EntryType.ConfChange, 0, 0, new byte[] { 0xff }),
            new(EntryType.ConfChange, 0, 0, RaftWire.Encode(new ConfChange { Type = ConfChangeType.AddNode })),
            new(EntryType.ConfChange, 0, 0, RaftWire.Encode(new ConfChange { Type = (ConfChangeType)9, NodeId = 4 })),
            new(EntryType.ConfChange, 0, 0, RaftWire.Encode(new ConfChange { Type = ConfChangeType.RemoveNode, NodeId = ulong.MaxValue })),
            new(EntryType.ConfChangeV2, 0, 0, RaftWire.Encode(new ConfChangeV2())),
            new((EntryType)9, 0, 0, new byte[] { 1 }),
        ];
        foreach (Entry entry in senseless)
        {
            Assert.NotNull(EntrySense.Fault([entry]));
        }

        InternalRaftRequest sound = new() { ClusterVersionSet = new Protocol.Membershippb.ClusterVersionSetRequest { Ver = "3.5.0" } };
        Assert.Null(EntrySense.Fault(
        [
            new Entry(EntryType.Normal, 0, 0, default),
            new Entry(EntryType.Normal, 0, 0, Google.Protobuf.MessageExtensions.ToByteArray(sound)),
            new Entry(EntryType.ConfChange, 0, 0, RaftWire.Encode(new ConfChange { Type = ConfChangeType.RemoveNode, NodeId = 4 })),
        ]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("[]")]
    [InlineData("""{"name":"without an id"}""")]
    [InlineData("""{"id":8,"peerURLs":["http://a:1"]}""")]
    public void H9_a_change_that_carries_no_member_or_another_one_is_refused_by_the_rules(string carried)
    {
        ConfChange change = new() { Type = ConfChangeType.AddNode, NodeId = 7, Context = System.Text.Encoding.UTF8.GetBytes(carried) };
        List<BucketChange> changes = [];
        ClusterConfiguration before = new(new ConfState { Voters = [1] }, ClusterMembers.Empty);
        ClusterConfiguration after = before.After(change, maxLearners: 1, changes, out EtcdError? refusal);
        Assert.Equal(EtcdErrors.InvalidMemberChange, refusal);
        Assert.Same(before, after);
        Assert.Empty(changes);
    }

    [Theory]
    [InlineData(ConfChangeType.AddNode, true, false)]
    [InlineData(ConfChangeType.AddLearnerNode, false, true)]
    public void Whether_a_new_member_votes_is_rafts_word(ConfChangeType type, bool saysLearner, bool isLearner)
    {
        Membership.Member member = new(7, "", ["http://a:1"], [], saysLearner);
        ConfChange change = new() { Type = type, NodeId = 7, Context = new MemberChange(member, IsPromotion: false).ToJson() };
        ClusterConfiguration before = new(new ConfState { Voters = [1] }, ClusterMembers.Empty);
        ClusterConfiguration after = before.After(change, maxLearners: 1, [], out EtcdError? refusal);
        Assert.Null(refusal);
        Assert.Equal(isLearner, after.Members.Find(7)!.IsLearner);
        Assert.Equal(isLearner, after.ConfState.Learners.Contains(7UL));
    }
}
