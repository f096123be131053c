using Netcd.Interop.Processes;

namespace Netcd.Interop.Takeover;

/// <summary>Directories that are not those of the cluster that wrote them, and what becomes of several of them together.</summary>
public sealed class RestoredClusterTests
{
    [Fact]
    public async Task Three_members_restored_from_one_snapshot_make_a_cluster_whatever_programs_they_run()
    {
        using TemporaryFolder folder = new();
        string etcd = await EtcdPrograms.EtcdAsync();
        (string snapshot, _) = await BackupSource.OneAsync(NetcdProgram.Path, folder, "origin", withAlarm: false);
        string where = folder.At("three");
        RestoredDirectory restored = await RestoredDirectory.RestoreAsync(
            snapshot, where, members: 3, "--bump-revision", "77", "--mark-compacted");
        string? picture = null;
        foreach (string[] programs in (string[][])[[NetcdProgram.Path, etcd, NetcdProgram.Path],
            [etcd, NetcdProgram.Path, NetcdProgram.Path]])
        {
            ServerProcess[] servers = await restored.StartAllAsync(programs, where);
            try
            {
                string[] pictures = await Task.WhenAll(servers.Select(RestoredDirectory.ContentOfAsync));
                Assert.All(pictures, other => Assert.Equal(pictures[0], other));
                Assert.Equal(picture ?? pictures[0], pictures[0]);
                picture = pictures[0];
            }
            finally
            {
                await Task.WhenAll(servers.Select(static server => server.DisposeAsync().AsTask()));
            }
        }

        // A member of them, left alone, is forced to go on; each server does it on a directory of its own, and after the other has ended:
        // each has removed the other, and would tell it so.
        foreach ((string program, int member) in ((string, int)[])[(NetcdProgram.Path, 0), (etcd, 1)])
        {
            await using ServerProcess forced = await restored.StartAsync(program, where, member, "--force-new-cluster");
            Assert.Equal(picture, await RestoredDirectory.ContentOfAsync(forced));
            Assert.Contains(restored.Names[member], Assert.Single(await RestoredDirectory.MembersAsync(forced)), StringComparison.Ordinal);
            await RestoredDirectory.AssertServesAsync(forced, "forced");
        }
    }

    /// <summary>
    /// <c>etcdutl backup</c> keeps the log and takes the members out of it: such a directory serves with <c>--force-new-cluster</c> alone.
    /// </summary>
    [Theory]
    [InlineData(true, "10")]
    [InlineData(false, "100000")]
    public async Task A_copy_by_etcdutl_backup_and_one_defragmented_serve_as_etcd_serves_them(bool ofEtcd, string snapshotCount)
    {
        using TemporaryFolder folder = new();
        string etcdutl = await EtcdPrograms.EtcdutlAsync();
        await BackupSource.OneAsync(
            ofEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path,
            folder,
            "origin",
            withAlarm: true,
            "--snapshot-count",
            snapshotCount);
        (string left, string right) = (folder.At("left"), folder.At("right"));
        (await Command.RunAsync(
            etcdutl, "backup", "--data-dir", folder.At("origin"), "--backup-dir", RestoredDirectory.At(left, 0))).Succeeded();
        (await Command.RunAsync(etcdutl, "defrag", "--data-dir", RestoredDirectory.At(left, 0))).Succeeded();
        await TwoServers.AssertAlikeAsync(RestoredDirectory.Unknown(), left, right, "--force-new-cluster");
    }
}
