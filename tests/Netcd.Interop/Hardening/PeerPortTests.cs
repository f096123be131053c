using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Hardening;

/// <summary>What strangers and members can take from a real process at its port for members (findings M5, M9), and from one that dials them
/// (M11).</summary>
public sealed class PeerPortTests
{
    private const ulong Stranger = 0xbad1dea;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>M5: two strangers that sent nothing more held both places, and every snapshot of a member was answered with 503.</summary>
    [Fact]
    public async Task M5_strangers_and_a_member_that_send_no_snapshot_to_its_end_leave_a_place_for_one_that_does()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, ProcessCluster.SlowElections);
        ClusterMember leader = await cluster.LeaderAsync();
        ClusterMember[] followers = [.. cluster.Members.Where(member => member != leader)];
        (ulong leaderId, ulong id, ulong other) =
            (await cluster.IdOfAsync(leader), await cluster.IdOfAsync(followers[0]), await cluster.IdOfAsync(followers[1]));
        ulong term = (await ProcessCluster.SureStatusAsync(leader)).RaftTerm;
        int port = followers[0].PeerPort;
        string url = $"http://127.0.0.1:{port}";
        string clusterId = await PeerMessage.ClusterIdAsync(url);
        List<TcpClient> slow = [];
        try
        {
            foreach (ulong from in (ulong[])[Stranger, Stranger + 1, other])
            {
                slow.Add(await PeerMessage.BeginAsync(port, "/raft/snapshot", from, clusterId, 1 << 30, new byte[1]));
            }

            // The one in a member's name has a place when another of the same sender is refused.
            await Poll.UntilAsync(async () => (await PostSnapshotAsync(other)).Status != 500);
            for (int n = 0; n < 5; n++)
            {
                // Refused for what it holds, not for want of a place; that of the one before is given back a moment after its answer.
                (int Status, string Text) answer = default;
                await Poll.UntilAsync(async () => (answer = await PostSnapshotAsync(leaderId)).Status != 503);
                Assert.Equal((500, "failed to save KV snapshot (the image is damaged)"), answer);
            }

            Assert.Equal("HTTP/1.1 412", await StatusLineAsync(slow[0]));
            Assert.Equal("HTTP/1.1 412", await StatusLineAsync(slow[1]));
        }
        finally
        {
            slow.ForEach(static client => client.Dispose());
        }

        await leader.Channel.PutManyAsync("after", 3);
        await cluster.AssertSameEverywhereAsync();

        async Task<(int Status, string Text)> PostSnapshotAsync(ulong from)
        {
            using PeerMessage message = new PeerMessage(PeerMessage.Snapshot, from, id).Term(term).At(1_000_000, term, id, from);
            (int status, string text) = await message.PostAsync(url, clusterId, new byte[10_000]);
            return (status, text.TrimEnd('\n'));
        }
    }

    /// <summary>M9: what had come of each of the messages was held for as long as its sender liked.</summary>
    [Fact]
    public async Task M9_large_messages_of_strangers_that_do_not_end_are_not_in_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "memory is looked up in /proc");
        using TemporaryFolder folder = new();
        int port = FreePort.Next();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--listen-peer-urls", $"http://127.0.0.1:{port}");
        string clusterId = await PeerMessage.ClusterIdAsync($"http://127.0.0.1:{port}");
        long before = ProcessLook.AnonymousBytes(netcd.Id);
        byte[] part = new byte[24 << 20];
        Array.Fill(part, (byte)0x5a);
        TcpClient?[] strangers = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => SendAsync((ulong)n)));
        try
        {
            long grown = ProcessLook.AnonymousBytes(netcd.Id) - before;
            Assert.True(grown < 100 << 20, $"240 MB of messages that have not ended take {grown >> 20} MB");
            await netcd.Channel.PutAsync("a", "b");
        }
        finally
        {
            Array.ForEach(strangers, static stranger => stranger?.Dispose());
        }

        async Task<TcpClient?> SendAsync(ulong n)
        {
            try
            {
                return await PeerMessage.BeginAsync(port, "/raft", Stranger + n, clusterId, 100 << 20, part).WaitAsync(Patience);
            }
            catch (IOException)
            {
                // It is refused before all of it is sent.
                return null;
            }
        }
    }

    /// <summary>M9: two bytes that are sent were an entry of many times as much memory.</summary>
    [Fact]
    public async Task M9_a_message_of_very_many_empty_entries_is_refused_before_they_are_made()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "memory is looked up in /proc");
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(2, ProcessCluster.SlowElections);
        ClusterMember leader = await cluster.LeaderAsync();
        ClusterMember follower = await cluster.FollowerAsync();
        string url = $"http://127.0.0.1:{follower.PeerPort}";
        string clusterId = await PeerMessage.ClusterIdAsync(url);
        ulong term = (await ProcessCluster.SureStatusAsync(leader)).RaftTerm;
        using PeerMessage message = new PeerMessage(PeerMessage.Append, await cluster.IdOfAsync(leader), await cluster.IdOfAsync(follower))
            .Term(term).EmptyEntries(4 << 20);
        long before = ProcessLook.AnonymousBytes(follower.ProcessId);
        (int status, string text) = await message.PostAsync(url, clusterId);
        long grown = ProcessLook.AnonymousBytes(follower.ProcessId) - before;
        Assert.Equal((400, "error unmarshalling raft message"), (status, text.TrimEnd('\n')));
        Assert.True(grown < 80 << 20, $"a message of 8 MB takes {grown >> 20} MB");
        await leader.Channel.PutManyAsync("after", 3);
        await cluster.AssertSameEverywhereAsync();
    }

    /// <summary>
    /// M11: a length behind a full frame wrapped to one below zero, and what then failed ended the stream of that peer for ever, without a
    /// line
    /// in the log.
    /// </summary>
    [Fact]
    public async Task M11_a_peer_that_sends_a_length_that_wraps_is_dialled_again_and_the_log_says_why()
    {
        using TemporaryFolder folder = new();
        int port = FreePort.Next();
        string url = $"http://127.0.0.1:{port}";
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--listen-peer-urls", url, "--initial-advertise-peer-urls", url, "--initial-cluster", "default=" + url);
        await using LyingPeer peer = new(await PeerMessage.ClusterIdAsync(url), FrameThatWraps());
        Protocol.V3.MemberAddRequest add = new() { IsLearner = true };
        add.PeerURLs.Add(peer.Url);
        await new Protocol.V3.Cluster.ClusterClient(netcd.Channel).MemberAddAsync(add);
        await Poll.UntilAsync(() => Task.FromResult(peer.Dialled > 1));
        await Poll.UntilAsync(() => Task.FromResult(netcd.Log.Split('\n').Any(static line =>
            line.Contains("lost TCP streaming connection", StringComparison.Ordinal)
                && line.Contains("a frame of", StringComparison.Ordinal))));
        await netcd.Channel.PutAsync("a", "b");
    }

    /// <summary>A frame of two entries: a proper one of all the bytes that a frame may have, and the length of another, which is below zero
    /// as a sum.</summary>
    private static byte[] FrameThatWraps()
    {
        const int MostBytes = 128 << 20;
        const int EntryAt = 17;
        const int DataAt = EntryAt + 5;
        byte[] frame = new byte[MostBytes + 64];
        frame[0] = 1;
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(1), 2);
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(9), MostBytes - EntryAt);
        using CodedOutputStream entry = new(new MemoryStream(frame, EntryAt, DataAt - EntryAt));
        entry.WriteTag(4, WireFormat.WireType.LengthDelimited);
        entry.WriteLength(MostBytes - DataAt);
        entry.Flush();
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(MostBytes), 1UL << 31);
        return frame;
    }

    private static async Task<string> StatusLineAsync(TcpClient client)
    {
        byte[] start = new byte["HTTP/1.1 412".Length];
        await client.GetStream().ReadExactlyAsync(start).AsTask().WaitAsync(Patience);
        return Encoding.ASCII.GetString(start);
    }
}
