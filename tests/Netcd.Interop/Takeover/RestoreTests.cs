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
        (string snapshot, string database) = await BackupSource.OneAsync(ofEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path, folder, "origin");
        await AssertAlikeAsync(folder, "plain", snapshot);
        await AssertAlikeAsync(folder, "bumped", snapshot, Bump);
        await AssertAlikeAsync(folder, "copied", database, "--skip-hash-check");
    }

    [Fact]
    public async Task A_member_restored_alone_from_a_member_of_many_serves_as_etcd_serves_it()
    {
        using TemporaryFolder folder = new();
        (string ofEtcd, string ofNetcd, string database) = await BackupSource.MixedAsync(folder);
        await AssertAlikeAsync(folder, "of-etcd", ofEtcd);
        await AssertAlikeAsync(folder, "of-netcd", ofNetcd, Bump);
        await AssertAlikeAsync(folder, "of-db", database, "--skip-hash-check");
    }

    /// <summary>
    /// Both servers on directories made alike; each tells the same of it. Then they change places, and go on.
    /// </summary>
    private static async Task AssertAlikeAsync(TemporaryFolder folder, string name, string snapshot, params string[] more)
    {
        string etcdProgram = await EtcdPrograms.EtcdAsync();
        (string left, string right) = (folder.At(name + "-left"), folder.At(name + "-right"));
        RestoredDirectory restored = await RestoredDirectory.RestoreAsync(snapshot, left, members: 1, more);
        TemporaryFolder.Copy(RestoredDirectory.At(left, 0), RestoredDirectory.At(right, 0));
        string expected = await LiveAsync(restored, etcdProgram, left, "life-1");
        Assert.Equal(expected, await LiveAsync(restored, NetcdProgram.Path, right, "life-1"));
        expected = await LiveAsync(restored, etcdProgram, right, "life-2");
        Assert.Equal(expected, await LiveAsync(restored, NetcdProgram.Path, left, "life-2"));
    }

    /// <summary>One life of a server on the directory: what it tells of it, and that it writes to it.</summary>
    private static async Task<string> LiveAsync(RestoredDirectory restored, string program, string where, string written)
    {
        await using ServerProcess server = await restored.StartAsync(program, where, 0);
        string picture = await RestoredDirectory.PictureAsync(server);
        await DisarmAsync(server);
        await RestoredDirectory.AssertServesAsync(server, written);
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
