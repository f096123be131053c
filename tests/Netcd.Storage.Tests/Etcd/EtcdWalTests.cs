using System.Text.Json;
using Netcd.Storage.Disk;
using Netcd.Storage.Snapshots;
using Netcd.Storage.Tests.Wal;
using Netcd.Storage.Wal;

namespace Netcd.Storage.Tests.Etcd;

/// <summary>The files of a real etcd read by us, and ours by it.</summary>
public sealed class EtcdWalTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("netcd-wal-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Every_entry_of_a_killed_etcd_is_read_and_it_starts_on_the_log_that_we_write()
    {
        string theirs = Path.Combine(root, "theirs");
        List<string> keys;
        (ulong Index, ulong Term) status;
        await using (EtcdProcess etcd = await EtcdProcess.StartAsync(theirs))
        {
            await PutAsync(etcd, 300);
            keys = await etcd.AllAsync();
            status = await etcd.StatusAsync();
            etcd.Kill();
        }

        byte[] before = File.ReadAllBytes(FirstSegment(theirs));
        WalContent content = WalFiles.ReadAll(PhysicalDisk.Instance, default, WalOf(theirs));
        Assert.Equal(status, (content.Entries[^1].Index, content.Entries[^1].Term));
        Assert.Equal(status.Term, content.HardState.Term);
        Assert.InRange(content.HardState.Commit, status.Index - 1, status.Index);
        Assert.Equal(300, content.Entries.Count(static e => e.Data.Span.IndexOf("value-"u8) > 0));
        Assert.Null(content.Repair);

        string ours = Path.Combine(root, "ours");
        CopyDatabase(theirs, ours);
        WalOptions small = new() { SegmentBytes = 16 * 1024 };
        using (WriteAheadLog log = WriteAheadLog.Create(PhysicalDisk.Instance, WalOf(ours), content.Metadata.Span, small))
        {
            foreach (WalEntry entry in content.Entries)
            {
                log.AppendEntry(entry.Type, entry.Term, entry.Index, entry.Data.Span);
                log.AppendHardState(content.HardState with { Commit = Math.Min(entry.Index, content.HardState.Commit) });
                log.Flush();
            }

            Assert.True(log.SegmentCount > 3);
        }

        // The same records in our order: where etcd's log begins alike, so do the bytes.
        byte[] written = File.ReadAllBytes(FirstSegment(ours));
        Assert.Equal(before[..100], written[..100]);

        await using (EtcdProcess etcd = await EtcdProcess.StartAsync(ours))
        {
            Assert.Equal(keys, await etcd.AllAsync());
            await etcd.PutAsync("after", "x");
            etcd.Kill();
        }

        WalContent after = WalFiles.ReadAll(PhysicalDisk.Instance, default, WalOf(ours));
        Assert.True(after.Entries.Count > content.Entries.Count);
        Assert.Equal(content.Entries.Select(WalFiles.Describe), after.Entries.Take(content.Entries.Count).Select(WalFiles.Describe));
    }

    [Fact]
    public async Task A_real_snapshot_file_is_read_with_its_members_and_our_encoding_of_it_is_the_same()
    {
        string theirs = Path.Combine(root, "theirs");
        await using (EtcdProcess etcd = await EtcdProcess.StartAsync(theirs, "--snapshot-count=50"))
        {
            await PutAsync(etcd, 220);
            await etcd.StopAsync();
        }

        IReadOnlyList<WalMarker> markers = WriteAheadLog.ReadMarkers(PhysicalDisk.Instance, WalOf(theirs));
        SnapshotDirectory snapshots = new(PhysicalDisk.Instance, SnapOf(theirs));
        SnapshotFile? newest = snapshots.LoadNewest(markers, out IReadOnlyList<BrokenSnapshot> broken);
        Assert.NotNull(newest);
        Assert.Empty(broken);
        Assert.InRange(newest.Index, 150u, 230u);
        Assert.Equal(markers[^1].ConfState.ToArray(), newest.ConfState.Encode());
        Assert.Equal(File.ReadAllBytes(Path.Combine(SnapOf(theirs), newest.Name)), newest.Encode());

        V2StoreImage image = V2StoreImage.Decode(newest.Data);
        SnapshotMember member = Assert.Single(image.Members);
        Assert.Equal(("one", EtcdProcess.PeerUrl), (member.Name, Assert.Single(member.PeerUrls)));
        Assert.Equal(newest.ConfState.Voters, [member.Id]);
        Assert.StartsWith("3.", image.ClusterVersion, StringComparison.Ordinal);
        WalContent content = WalFiles.ReadAll(PhysicalDisk.Instance, new WalMarker(newest.Index, newest.Term, default), WalOf(theirs));
        Assert.Equal(newest.Index + 1, content.Entries[0].Index);
    }

    [Fact]
    public async Task It_starts_on_a_snapshot_file_and_a_log_that_we_made()
    {
        string theirs = Path.Combine(root, "theirs");
        List<string> keys;
        SnapshotMember member;
        await using (EtcdProcess etcd = await EtcdProcess.StartAsync(theirs))
        {
            await PutAsync(etcd, 50);
            keys = await etcd.AllAsync();
            member = await MemberAsync(etcd);
            await etcd.StopAsync();
        }

        WalContent content = WalFiles.ReadAll(PhysicalDisk.Instance, default, WalOf(theirs));
        string ours = Path.Combine(root, "ours");
        CopyDatabase(theirs, ours);
        WalEntry last = content.Entries[^1];
        V2StoreImage image = new() { Members = [member], RemovedIds = [0xdead], ClusterVersion = "3.5.0" };
        SnapshotFile snapshot = new(last.Index, last.Term, new ConfState { Voters = [member.Id] }, image.Encode());
        new SnapshotDirectory(PhysicalDisk.Instance, SnapOf(ours)).Save(snapshot);
        using (WriteAheadLog log = WriteAheadLog.Create(PhysicalDisk.Instance, WalOf(ours), content.Metadata.Span))
        {
            log.AppendMarker(snapshot.ToMarker());
            log.AppendHardState(content.HardState with { Commit = last.Index });
            log.Flush();
        }

        await using (EtcdProcess etcd = await EtcdProcess.StartAsync(ours, "--snapshot-count=20"))
        {
            Assert.Equal(keys, await etcd.AllAsync());
            SnapshotMember listed = await MemberAsync(etcd);
            Assert.Equal((member.Id, "one", EtcdProcess.PeerUrl), (listed.Id, listed.Name, listed.PeerUrls[0]));
            await PutAsync(etcd, 60);
            await etcd.StopAsync();
        }

        // What it took over from our image, it writes into its own next snapshot.
        SnapshotFile? next = new SnapshotDirectory(PhysicalDisk.Instance, SnapOf(ours))
            .LoadNewest(WriteAheadLog.ReadMarkers(PhysicalDisk.Instance, WalOf(ours)), out _);
        Assert.NotNull(next);
        Assert.True(next.Index > last.Index);
        V2StoreImage kept = V2StoreImage.Decode(next.Data);
        Assert.Equal((member.Id, "one"), (Assert.Single(kept.Members).Id, kept.Members[0].Name));
        Assert.Equal([0xdeadUL], kept.RemovedIds);
        Assert.Equal("3.5.0", kept.ClusterVersion);
    }

    private static async Task PutAsync(EtcdProcess etcd, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await etcd.PutAsync($"key-{i:d4}", $"value-{i}-" + new string('v', i % 300));
        }
    }

    private static async Task<SnapshotMember> MemberAsync(EtcdProcess etcd)
    {
        JsonElement list = await etcd.CallAsync("/v3/cluster/member/list", "{}");
        JsonElement only = Assert.Single(list.GetProperty("members").EnumerateArray());
        return new SnapshotMember(
            EtcdProcess.Number(only, "ID"),
            [.. only.GetProperty("peerURLs").EnumerateArray().Select(static url => url.GetString()!)],
            IsLearner: false,
            only.GetProperty("name").GetString()!,
            [.. only.GetProperty("clientURLs").EnumerateArray().Select(static url => url.GetString()!)]);
    }

    private static string WalOf(string data) => Path.Combine(data, "member/wal");

    private static string SnapOf(string data) => Path.Combine(data, "member/snap");

    private static string FirstSegment(string data) => WalFiles.Segments(PhysicalDisk.Instance, WalOf(data))[0];

    private static void CopyDatabase(string from, string to)
    {
        foreach (string directory in new[] { to, Path.Combine(to, "member"), SnapOf(to) })
        {
            PhysicalDisk.Instance.CreateDirectory(directory);
        }

        File.Copy(Path.Combine(SnapOf(from), "db"), Path.Combine(SnapOf(to), "db"));
    }
}
