using Netcd.Interop.Processes;
using Netcd.Interop.Takeover;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Tools;

/// <summary>What <c>netcd utl</c> makes: both servers start on it, and hold what was in the backup.</summary>
public sealed class UtlRestoreTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Both_servers_serve_the_same_from_a_directory_that_netcd_utl_restored(bool ofEtcd)
    {
        using TemporaryFolder folder = new();
        string origin = ofEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path;
        string tool = UtlFiles.Link(folder);
        (string snapshot, _) = await BackupSource.OneAsync(origin, folder, "origin", withAlarm: ofEtcd);
        (string left, string right) = (folder.At("left"), folder.At("right"));
        string[] bump = ofEtcd ? [] : ["--bump-revision", "1000", "--mark-compacted"];
        RestoredDirectory restored = await RestoredDirectory.RestoreAsync(tool, snapshot, left, 1, bump);
        await TwoServers.AssertAlikeAsync(restored, left, right);
    }

    [Fact]
    public async Task Three_members_that_netcd_utl_restored_make_a_cluster_of_both_programs_with_the_history_of_the_snapshot()
    {
        using TemporaryFolder folder = new();
        string etcd = await EtcdPrograms.EtcdAsync();
        string tool = UtlFiles.Link(folder);
        (string snapshot, _) = await BackupSource.OneAsync(etcd, folder, "origin", withAlarm: false);
        string sum = (await Command.RunAsync(tool, "hashkv", snapshot)).Succeeded().Split(',')[0];
        string where = folder.At("three");
        RestoredDirectory restored = await RestoredDirectory.RestoreAsync(tool, snapshot, where, members: 3);
        ServerProcess[] servers = await restored.StartAllAsync([NetcdProgram.Path, etcd, NetcdProgram.Path], where);
        try
        {
            HashKVResponse[] sums = await Task.WhenAll(servers.Select(static server =>
                new Maintenance.MaintenanceClient(server.Channel).HashKVAsync(new HashKVRequest()).ResponseAsync));
            Assert.All(sums, found => Assert.Equal(sum, $"{found.Hash}"));
            await RestoredDirectory.AssertServesAsync(servers[0], "written");
        }
        finally
        {
            await Task.WhenAll(servers.Select(static server => server.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Both_servers_serve_the_same_from_a_backup_and_a_defragmented_and_migrated_directory()
    {
        using TemporaryFolder folder = new();
        string tool = UtlFiles.Link(folder);
        await BackupSource.OneAsync(await EtcdPrograms.EtcdAsync(), folder, "origin", withAlarm: true, "--snapshot-count", "10");
        string left = folder.At("left");
        string copy = RestoredDirectory.At(left, 0);
        (await Command.RunAsync(tool, "backup", "--data-dir", folder.At("origin"), "--backup-dir", copy)).Succeeded();
        (await Command.RunAsync(tool, "defrag", "--data-dir", copy)).Succeeded();
        (await Command.RunAsync(tool, "migrate", "--data-dir", copy, "--target-version", "3.6")).Succeeded();
        string status = (await Command.RunAsync(tool, "snapshot", "status", Path.Combine(copy, "member", "snap", "db"))).Succeeded();
        Assert.EndsWith(", 3.6.0\n", status, StringComparison.Ordinal);
        (await Command.RunAsync(tool, "migrate", "--data-dir", copy, "--target-version", "3.5")).Succeeded();
        await TwoServers.AssertAlikeAsync(RestoredDirectory.Unknown(), left, folder.At("right"), "--force-new-cluster");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_directory_of_a_running_member_is_left_alone_with_one_clear_line(bool isEtcd)
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("running");
        await using ServerProcess server = await ServerProcess.ReadyAsync(
            isEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path, directory, FreePort.Next());
        await server.Channel.PutAsync("kept", "here");
        string database = Path.Combine(directory, "member", "snap", "db");
        string tool = UtlFiles.Link(folder);
        foreach (string[] line in (string[][])
            [
                ["defrag", "--data-dir", directory], ["migrate", "--data-dir", directory, "--target-version", "3.6"],
                ["snapshot", "status", database], ["hashkv", database], ["db", "check", database], ["db", "dump", database],
                ["snapshot", "restore", database, "--skip-hash-check", "--data-dir", folder.At("out")],
                ["backup", "--data-dir", directory, "--backup-dir", folder.At("copy")],
            ])
        {
            CommandResult refused = await Command.RunAsync(tool, line);
            Assert.Equal(1, refused.ExitCode);
            string told = Assert.Single(
                refused.Errors.Split('\n'), static errors => errors.StartsWith("Error: ", StringComparison.Ordinal));
            Assert.Contains($"{database} is in use by a running member: stop it first", told, StringComparison.Ordinal);
        }

        (await Command.RunAsync(tool, "wal", "dump", "--data-dir", directory)).Succeeded();
        Assert.Equal("here", (await server.Channel.PrefixAsync("kept")).Kvs.Single().Value.ToStringUtf8());
        Assert.False(File.Exists(Path.Combine(folder.At("out"), "member", "snap", "db")));
    }

    [Fact]
    public async Task The_program_is_the_tool_by_its_first_word_too_and_says_what_cannot_be()
    {
        CommandResult help = await Command.RunAsync(NetcdProgram.Path, "utl", "snapshot", "--help");
        Assert.StartsWith("Usage:\n  netcd utl snapshot [command]\n", help.Succeeded(), StringComparison.Ordinal);
        CommandResult revision = await Command.RunAsync(
            NetcdProgram.Path, "utl", "snapshot", "restore", "file", "--data-dir", "none", "--revision", "5");
        Assert.Equal(128, revision.ExitCode);
        Assert.StartsWith("Error: --revision is not possible: one snapshot has the store", revision.Errors, StringComparison.Ordinal);
        Assert.Contains("netcd utl", (await Command.RunAsync(NetcdProgram.Path, "--help")).Succeeded(), StringComparison.Ordinal);
    }
}
