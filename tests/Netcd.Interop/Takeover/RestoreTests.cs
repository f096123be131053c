using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Takeover;

/// <summary>
/// Data directories that tools make out of backups: netcd makes the same of each as etcd does, and either goes on where the other stopped.
/// </summary>
public sealed class RestoreTests
{
    private static readonly string[] Bump = ["--bump-revision", "1000000", "--mark-compacted"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_member_restored_alone_from_a_snapshot_of_one_serves_as_etcd_serves_it(bool ofEtcd)
    {
        using TemporaryFolder folder = new();
        (string snapshot, string database) = await BackupSource.OneAsync(ofEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path, folder, "origin", withAlarm: true);
        await Task.WhenAll(
            AssertAlikeAsync(folder, "plain", snapshot),
            AssertAlikeAsync(folder, "bumped", snapshot, Bump),
            AssertAlikeAsync(folder, "copied", database, "--skip-hash-check"));
    }

    [Fact]
    public async Task A_member_restored_alone_from_a_member_of_many_serves_as_etcd_serves_it()
    {
        using TemporaryFolder folder = new();
        (string ofEtcd, string ofNetcd, string database) = await BackupSource.MixedAsync(folder);
        await Task.WhenAll(
            AssertAlikeAsync(folder, "of-etcd", ofEtcd),
            AssertAlikeAsync(folder, "of-netcd", ofNetcd, Bump),
            AssertAlikeAsync(folder, "of-db", database, "--skip-hash-check"));
    }

    [Fact]
    public async Task Three_members_restored_from_one_snapshot_make_a_cluster_whatever_programs_they_run()
    {
        using TemporaryFolder folder = new();
        string etcd = await EtcdPrograms.EtcdAsync();
        (string snapshot, _) = await BackupSource.OneAsync(NetcdProgram.Path, folder, "origin", withAlarm: false);
        string where = folder.At("three");
        RestoredDirectory restored = await RestoredDirectory.RestoreAsync(snapshot, where, members: 3, "--bump-revision", "77", "--mark-compacted");
        string? picture = null;
        foreach (string[] programs in (string[][])[[NetcdProgram.Path, etcd, NetcdProgram.Path], [etcd, NetcdProgram.Path, NetcdProgram.Path]])
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

        // A member of them, left alone, is forced to go on; each server does it on a directory of its own.
        await using ServerProcess forcedNetcd = await restored.StartAsync(NetcdProgram.Path, where, 0, "--force-new-cluster");
        await using ServerProcess forcedEtcd = await restored.StartAsync(etcd, where, 1, "--force-new-cluster");
        Assert.Equal(await RestoredDirectory.ContentOfAsync(forcedEtcd), await RestoredDirectory.ContentOfAsync(forcedNetcd));
        foreach ((ServerProcess server, int member) in ((ServerProcess, int)[])[(forcedNetcd, 0), (forcedEtcd, 1)])
        {
            Assert.Contains(restored.Names[member], Assert.Single(await RestoredDirectory.MembersAsync(server)), StringComparison.Ordinal);
            await RestoredDirectory.AssertServesAsync(server, "forced");
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
            ofEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path, folder, "origin", withAlarm: true, "--snapshot-count", snapshotCount);
        (string left, string right) = (folder.At("left"), folder.At("right"));
        (await Command.RunAsync(etcdutl, "backup", "--data-dir", folder.At("origin"), "--backup-dir", RestoredDirectory.At(left, 0))).Succeeded();
        (await Command.RunAsync(etcdutl, "defrag", "--data-dir", RestoredDirectory.At(left, 0))).Succeeded();
        await AssertAlikeAsync(RestoredDirectory.Unknown(), left, right, "--force-new-cluster");
    }

    /// <summary>
    /// Both servers on directories made alike; each tells the same of it. Then they change places, and go on.
    /// </summary>
    private static async Task AssertAlikeAsync(TemporaryFolder folder, string name, string snapshot, params string[] more)
    {
        (string left, string right) = (folder.At(name + "-left"), folder.At(name + "-right"));
        await AssertAlikeAsync(await RestoredDirectory.RestoreAsync(snapshot, left, members: 1, more), left, right);
    }

    private static async Task AssertAlikeAsync(RestoredDirectory restored, string left, string right, params string[] atFirst)
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        TemporaryFolder.Copy(RestoredDirectory.At(left, 0), RestoredDirectory.At(right, 0));
        string expected = await LiveAsync(restored, etcd, left, "life-1", atFirst);
        Assert.Equal(expected, await LiveAsync(restored, NetcdProgram.Path, right, "life-1", atFirst));
        expected = await LiveAsync(restored, etcd, right, "life-2");
        Assert.Equal(expected, await LiveAsync(restored, NetcdProgram.Path, left, "life-2"));
    }

    /// <summary>One life of a server on the directory: what it tells of it, and that it writes to it.</summary>
    private static async Task<string> LiveAsync(RestoredDirectory restored, string program, string where, string written, params string[] more)
    {
        await using ServerProcess server = await restored.StartAsync(program, where, 0, more);
        string picture = await RestoredDirectory.PictureAsync(server);
        await DisarmAsync(server);
        await RestoredDirectory.AssertServesAsync(server, written);
        long revision = (await server.Channel.PrefixAsync(written)).Header.Revision;
        await new KV.KVClient(server.Channel).CompactAsync(new CompactionRequest { Revision = revision, Physical = true });
        await server.TerminateAsync();
        return picture;
    }

    private static async Task DisarmAsync(ServerProcess server)
    {
        Maintenance.MaintenanceClient client = new(server.Channel);
        foreach (AlarmMember alarm in (await client.AlarmAsync(new AlarmRequest())).Alarms)
        {
            await client.AlarmAsync(new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, MemberID = alarm.MemberID, Alarm = alarm.Alarm });
        }
    }
}
