using Google.Protobuf;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Protocol.V3;
using ConfState = Netcd.Raft.ConfState;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Tests.Node;

/// <summary>A backend that a tool has left with what another cluster noted in it: the log decides, and the file is put right.</summary>
public sealed class RewrittenBackendTests
{
    private const string Database = "/data/member/snap/db";

    [Theory]
    [InlineData(5)]
    [InlineData(60)]
    public void A_configuration_of_another_cluster_in_the_backend_does_not_keep_a_member_from_leading(int puts)
    {
        SimulatedDisk disk = new(keepLog: false);
        ulong self = RunFirst(disk, puts);
        BackendPosition before = Rewrite(disk, confState: new ConfState { Voters = [7, 8, 9], Learners = [10] }, term: 99, stray: null);
        using (SteppedNode node = new(disk, 2))
        {
            Assert.Null(node.Run(SteppedNode.Put("after", "it")).Error);
            Assert.Equal(puts + 1, node.Read(Everything()).Count);
            Commit(node);
        }

        (BackendPosition after, _) = Look(disk);
        Assert.Equal([self], after.ConfState.Voters);
        Assert.Empty(after.ConfState.Learners);
        Assert.True(after.Index > before.Index);
        Assert.True(after.Term < 99, $"term {after.Term}");
    }

    [Fact]
    public void What_is_put_right_is_in_the_file_before_anything_is_sent_or_applied()
    {
        SimulatedDisk disk = new(keepLog: false);
        ulong self = RunFirst(disk, 5);
        BackendPosition before = Rewrite(disk, new ConfState { Voters = [7] }, term: 99, stray: null);
        new SteppedNode(disk, 2).Dispose();
        (BackendPosition after, _) = Look(disk);
        Assert.Equal([self], after.ConfState.Voters);
        Assert.Equal(before.Index, after.Index);
        Assert.InRange(after.Term, 1UL, 98UL);
    }

    /// <summary>Before 3.5 etcd noted neither.</summary>
    [Fact]
    public void A_backend_that_tells_no_configuration_and_no_term_is_completed()
    {
        SimulatedDisk disk = new(keepLog: false);
        ulong self = RunFirst(disk, 5);
        Rewrite(disk, confState: null, term: 0, stray: null, new BucketChange(Schema.Meta.ToArray(), Schema.ConfState.ToArray(), null));
        new SteppedNode(disk, 2).Dispose();
        (BackendPosition after, _) = Look(disk);
        Assert.Equal([self], after.ConfState.Voters);
        Assert.NotEqual(0UL, after.Term);
    }

    [Fact]
    public void A_member_that_the_log_does_not_know_is_forgotten_and_not_called_removed()
    {
        SimulatedDisk disk = new(keepLog: false);
        ulong self = RunFirst(disk, 5);
        Rewrite(disk, confState: null, term: null, stray: new Member(77, "stray", ["http://stray:1"], [], IsLearner: false));
        using (SteppedNode node = new(disk, 2))
        {
            Assert.Equal([self], node.Node.Members.Members.Select(static member => member.Id));
            Assert.Null(node.Run(SteppedNode.Put("after", "it")).Error);
        }

        (_, ClusterMembers members) = Look(disk);
        Assert.Equal([self], members.Members.Select(static member => member.Id));
        Assert.Empty(members.Removed);
        Assert.Equal("default", members.Members[0].Name);
    }

    /// <summary>A member that is alone has written some puts, and all is in its backend.</summary>
    private static ulong RunFirst(SimulatedDisk disk, int puts)
    {
        using SteppedNode node = new(disk, 1);
        for (int i = 0; i < puts; i++)
        {
            Assert.Null(node.Run(SteppedNode.Put($"key{i}", "value")).Error);
        }

        Commit(node);
        return node.Node.MemberId;
    }

    private static void Commit(SteppedNode node)
    {
        bool isCommitted = false;
        node.Node.Backend.ForceCommit(() => isCommitted = true);
        node.RunUntil(() => isCommitted, "commit");
    }

    private static BackendPosition Rewrite(SimulatedDisk disk, ConfState? confState, ulong? term, Member? stray, params BucketChange[] more)
    {
        using BackendFile file = BackendFile.Open(disk, Database);
        BackendView view = file.OpenView();
        BackendPosition position = BackendPosition.Read(view);
        List<BucketChange> changes = [.. more];
        if (confState is not null)
        {
            changes.Add(new BucketChange(Schema.Meta.ToArray(), Schema.ConfState.ToArray(), ConfStateJson.Encode(confState)));
        }

        if (stray is not null)
        {
            ClusterMembers.Restore(view).With(stray, changes);
        }

        view.Release();
        file.Commit(new BackendBatch { Changes = changes, ConsistentIndex = position.Index, Term = term ?? position.Term });
        return position;
    }

    private static (BackendPosition Position, ClusterMembers Members) Look(SimulatedDisk disk)
    {
        using BackendFile file = BackendFile.Open(disk, Database);
        BackendView view = file.OpenView();
        try
        {
            return (BackendPosition.Read(view), ClusterMembers.Restore(view));
        }
        finally
        {
            view.Release();
        }
    }

    private static RangeRequest Everything() => new() { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) };
}
