using Netcd.Engine.Apply;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Storage.Wal;

namespace Netcd.Engine.Tests.Node;

/// <summary>Entries that make no sense enter no log, and where one is in a log all members pass it over alike (finding H9).</summary>
public sealed class SenselessEntryTests
{
    [Fact]
    public void H9_what_nobody_can_apply_is_not_taken_into_a_log()
    {
        InternalRaftRequest withoutAttributes = new()
        {
            ClusterMemberAttrSet = new Protocol.Membershippb.ClusterMemberAttrSetRequest { MemberID = 1 },
        };
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
            new(EntryType.ConfChange, 0, 0,
                RaftWire.Encode(new ConfChange { Type = ConfChangeType.AddLearnerNode, NodeId = ulong.MaxValue })),
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
            new Entry(EntryType.ConfChange, 0, 0, RaftWire.Encode(new ConfChange { Type = ConfChangeType.RemoveNode })),
        ]));
    }

    [Fact]
    public void H9_a_log_that_holds_entries_without_sense_is_gone_on_with_behind_them()
    {
        SimulatedDisk disk = new(keepLog: false);
        using (SteppedNode node = new(disk, 1))
        {
            Assert.Null(node.Run(SteppedNode.Put("before", "1")).Error);
        }

        Request notJson = new() { Method = "PUT", Path = "/0/members/1a/attributes", Val = "{" };
        (EntryType Type, byte[] Data)[] senseless =
        [
            (EntryType.Normal, [0xff, 0xff]),
            (EntryType.Normal, Google.Protobuf.MessageExtensions.ToByteArray(notJson)),
            (EntryType.ConfChange, [0xff]),
            (EntryType.ConfChange, RaftWire.Encode(new ConfChange { Type = ConfChangeType.AddNode, NodeId = 7 })),
            (EntryType.ConfChangeV2, RaftWire.Encode(new ConfChangeV2())),
        ];
        ulong last = Append(disk, senseless);
        for (int start = 2; start < 4; start++)
        {
            using SteppedNode node = new(disk, start);
            Assert.Null(node.Run(SteppedNode.Put("after", "2")).Error);
            node.RunUntil(() => node.Node.Position.AppliedIndex > last, "what is behind the log is applied");
            Assert.Single(node.Node.Members.Members);
            RangeResponse read = node.Read(new RangeRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("before") });
            Assert.Equal("1", read.Kvs.Single().Value.ToStringUtf8());
        }
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
        Netcd.Engine.Membership.Member member = new(7, "", ["http://a:1"], [], saysLearner);
        ConfChange change = new() { Type = type, NodeId = 7, Context = new MemberChange(member, IsPromotion: false).ToJson() };
        ClusterConfiguration before = new(new ConfState { Voters = [1] }, ClusterMembers.Empty);
        ClusterConfiguration after = before.After(change, maxLearners: 1, [], out EtcdError? refusal);
        Assert.Null(refusal);
        Assert.Equal(isLearner, after.Members.Find(7)!.IsLearner);
        Assert.Equal(isLearner, after.ConfState.Learners.Contains(7UL));
    }

    /// <summary>Puts entries behind the log as if they had been agreed on; gives the index of the last one.</summary>
    private static ulong Append(SimulatedDisk disk, (EntryType Type, byte[] Data)[] added)
    {
        using WriteAheadLog log = WriteAheadLog.OpenAtChoice(
            disk,
            "/data/member/wal",
            WalMarker.Beginning,
            static _ => WalMarker.Beginning,
            out WalContent content,
            new WalOptions { SegmentBytes = 8 * 1024 });
        ulong index = content.Entries[^1].Index;
        foreach ((EntryType type, byte[] data) in added)
        {
            log.AppendEntry((int)type, content.HardState.Term, ++index, data);
        }

        log.AppendHardState(new WalHardState(content.HardState.Term, content.HardState.Vote, index));
        log.Flush();
        return index;
    }
}
