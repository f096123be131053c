using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Hardening;

/// <summary>
/// What a stranger, or somebody in a member's name, sends to the peer ports of real processes (findings C3, H7, H9, M4): all members live,
/// lead as before, serve, and start again.
/// </summary>
public sealed class StrangerTests
{
    private const ulong Stranger = 0xbad0bad;
    private const int PageBytes = 4096;
    private const int KindOffset = sizeof(ulong);

    [Fact]
    public async Task C3_H7_H9_messages_that_cannot_be_change_nothing_in_a_cluster_whoever_is_named_as_their_sender()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, ProcessCluster.SlowElections);
        ClusterMember leader = await cluster.LeaderAsync();
        ulong term = (await ProcessCluster.SureStatusAsync(leader)).RaftTerm;
        ulong leaderId = await cluster.IdOfAsync(leader);
        foreach (ClusterMember member in cluster.Members)
        {
            ulong id = await cluster.IdOfAsync(member);
            ulong other = await cluster.IdOfAsync(cluster.Members.First(candidate => candidate != member && candidate != leader));
            foreach (ulong from in (ulong[])[Stranger, leaderId, other])
            {
                await PostAllAsync(member, from, id);
            }
        }

        await leader.Channel.PutManyAsync("after", 10);
        Protocol.V3.StatusResponse[] now = await Task.WhenAll(cluster.Members.Select(ProcessCluster.SureStatusAsync));
        Assert.All(now, status => Assert.Equal((term, leaderId), (status.RaftTerm, status.Leader)));
        await cluster.AssertSameEverywhereAsync();
        ClusterMember follower = cluster.Members.First(member => member != leader);
        await follower.KillAsync();
        await cluster.RestartAsync(follower);
        await cluster.AssertSameEverywhereAsync();
        Assert.Contains(
            cluster.Members, member => member.Log.Contains("refused Raft message that no member sends", StringComparison.Ordinal));
        Assert.Contains(
            cluster.Members,
            member => member.Log.Contains("refused Raft message of a sender that is not known as a member", StringComparison.Ordinal));
    }

    [Fact]
    public async Task C3_H7_a_member_that_seeks_votes_lives_through_the_last_term_and_the_term_zero()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        ClusterMember[] members = [.. cluster.Members];
        ulong id = await cluster.IdOfAsync(members[0]);
        ulong other = await cluster.IdOfAsync(members[1]);
        string url = $"http://127.0.0.1:{members[0].PeerPort}";
        string clusterId = await PeerMessage.ClusterIdAsync(url);
        await members[1].KillAsync();
        await members[2].KillAsync();
        await Poll.UntilAsync(async () => (await ProcessCluster.StatusAsync(members[0])) is { Leader: 0 });
        foreach (int type in (int[])[PeerMessage.Append, PeerMessage.Heartbeat])
        {
            foreach (ulong term in (ulong[])[0, ulong.MaxValue, 1UL << 62])
            {
                using PeerMessage message = new PeerMessage(type, other, id).Term(term);
                await message.PostAsync(url, clusterId);
            }
        }

        await ProcessCluster.SureStatusAsync(members[0]);
        await Task.WhenAll(cluster.RestartAsync(members[1]), cluster.RestartAsync(members[2]));
        await (await cluster.LeaderAsync()).Channel.PutManyAsync("after", 10);
        await cluster.AssertSameEverywhereAsync();
        Assert.True((await ProcessCluster.SureStatusAsync(members[0])).RaftTerm < 1_000);
    }

    [Fact]
    public async Task C3_H9_a_member_that_is_alone_lives_and_starts_again_after_whatever_a_stranger_sends()
    {
        using TemporaryFolder folder = new();
        int peer = FreePort.Next();
        string url = $"http://127.0.0.1:{peer}";
        string[] more = ["--listen-peer-urls", url, "--initial-advertise-peer-urls", url, "--initial-cluster", "default=" + url];
        await using (ServerProcess alone = await ServerProcess.NetcdAsync(folder.At("alone"), more))
        {
            ulong id = (await new Protocol.V3.Maintenance.MaintenanceClient(alone.Channel)
                .StatusAsync(new Protocol.V3.StatusRequest())).Header.MemberId;
            string clusterId = await PeerMessage.ClusterIdAsync(url);
            await PostAllAsync(url, clusterId, Stranger, id);
            using PeerMessage snapshot = new PeerMessage(PeerMessage.Snapshot, Stranger, id).Term(9).At(1_000_000, 9, id, Stranger);
            Assert.Equal(412, (await snapshot.PostAsync(url, clusterId, new byte[100_000])).Status);
            await alone.Channel.PutManyAsync("after", 3);
            await alone.KillAsync();
        }

        await using ServerProcess again = await ServerProcess.NetcdAsync(folder.At("alone"), more);
        Assert.Equal("after", (await Command.RunAsync(
            await EtcdPrograms.EtcdctlAsync(), "--endpoints", $"127.0.0.1:{again.Port}",
            "get", "--prefix", "after", "--keys-only", "--limit", "1"))
            .Succeeded().Trim()[..5]);
    }

    [Fact]
    public async Task M4_L3_a_snapshot_with_a_damaged_page_is_refused_and_nothing_of_it_stays()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, ProcessCluster.SlowElections);
        ClusterMember leader = await cluster.LeaderAsync();
        await leader.Channel.PutManyAsync("before", 300);
        ClusterMember follower = await cluster.FollowerAsync();
        ulong id = await cluster.IdOfAsync(follower);
        ulong leaderId = await cluster.IdOfAsync(leader);
        ulong term = (await ProcessCluster.SureStatusAsync(leader)).RaftTerm;
        byte[] image = await ImageAsync(leader);
        string url = $"http://127.0.0.1:{follower.PeerPort}";
        string clusterId = await PeerMessage.ClusterIdAsync(url);
        foreach (int page in UsedPages(image))
        {
            byte[] damaged = [.. image];
            damaged[(page * PageBytes) + KindOffset] = 0x40;
            using PeerMessage message = new PeerMessage(PeerMessage.Snapshot, leaderId, id).Term(term).At(1_000_000, term, id, leaderId);
            (int status, string text) = await message.PostAsync(url, clusterId, damaged);
            Assert.Equal((500, "failed to save KV snapshot (the image is damaged)"), (status, text.TrimEnd('\n')));
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(follower.DataDirectory, "member", "snap"), "tmp*"));
        Assert.Empty(Directory.GetFiles(Path.Combine(follower.DataDirectory, "member", "snap"), "*.snap.db"));
        await leader.Channel.PutManyAsync("after", 10);
        await cluster.AssertSameEverywhereAsync();
    }

    /// <summary>The roots of the image and of its buckets: the pages that are in use for sure.</summary>
    private static List<int> UsedPages(byte[] image)
    {
        const int RootOffset = 32;
        const int TransactionOffset = 64;
        int meta = BitConverter.ToUInt64(image, TransactionOffset) > BitConverter.ToUInt64(image, PageBytes + TransactionOffset)
            ? 0
            : PageBytes;
        int root = (int)BitConverter.ToUInt64(image, meta + RootOffset);
        List<int> pages = [root];
        int buckets = BitConverter.ToUInt16(image, (root * PageBytes) + KindOffset + 2);
        for (int i = 0; i < buckets; i++)
        {
            // An element of a leaf: flags, the place of its key, and the lengths of key and value; a bucket's value begins with its root.
            int element = (root * PageBytes) + 16 + (16 * i);
            int value = element + (int)BitConverter.ToUInt32(image, element + 4) + (int)BitConverter.ToUInt32(image, element + 8);
            int page = (int)BitConverter.ToUInt64(image, value);
            if (page != 0)
            {
                pages.Add(page);
            }
        }

        return pages;
    }

    /// <summary>An image of the store, without the sum that is behind it.</summary>
    private static async Task<byte[]> ImageAsync(ClusterMember member)
    {
        using Grpc.Core.AsyncServerStreamingCall<Protocol.V3.SnapshotResponse> call =
            new Protocol.V3.Maintenance.MaintenanceClient(member.Channel).Snapshot(new Protocol.V3.SnapshotRequest());
        using MemoryStream all = new();
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            call.ResponseStream.Current.Blob.WriteTo(all);
        }

        return all.ToArray()[..^32];
    }

    private static async Task PostAllAsync(ClusterMember member, ulong from, ulong to)
    {
        if (from != to)
        {
            string url = $"http://127.0.0.1:{member.PeerPort}";
            await PostAllAsync(url, await PeerMessage.ClusterIdAsync(url), from, to);
        }
    }

    private static async Task PostAllAsync(string url, string clusterId, ulong from, ulong to)
    {
        byte[] garbage = [0xff, 0xff, 0xff];
        byte[] addsNobody = [0x10, 0x00, 0x18, 0x05];
        PeerMessage[] messages =
        [
            new PeerMessage(PeerMessage.Heartbeat, from, to).Term(ulong.MaxValue),
            new PeerMessage(PeerMessage.Heartbeat, from, to).Term(1UL << 62),
            new PeerMessage(PeerMessage.Append, from, to).Term(0),
            new PeerMessage(PeerMessage.Heartbeat, from, to).Term(1UL << 31).Commit(1UL << 40),
            new PeerMessage(PeerMessage.Propose, from, to).Entry(0, garbage),
            new PeerMessage(PeerMessage.Propose, from, to).Entry(1, garbage),
            new PeerMessage(PeerMessage.Propose, from, to).Entry(2, []),
            new PeerMessage(PeerMessage.Propose, from, to).Entry(1, addsNobody),
            new PeerMessage(23, from, to).Term(1),
        ];
        foreach (PeerMessage message in messages)
        {
            using (message)
            {
                await message.PostAsync(url, clusterId);
            }
        }
    }
}
