using Netcd.Interop.Processes;

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
        (string snapshot, string database) = await BackupSource.OneAsync(
            ofEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path, folder, "origin", withAlarm: true);
        await Task.WhenAll(
            TwoServers.AssertAlikeAsync(folder, "plain", snapshot),
            TwoServers.AssertAlikeAsync(folder, "bumped", snapshot, Bump),
            TwoServers.AssertAlikeAsync(folder, "copied", database, "--skip-hash-check"));
    }

    [Fact]
    public async Task A_member_restored_alone_from_a_member_of_many_serves_as_etcd_serves_it()
    {
        using TemporaryFolder folder = new();
        (string ofEtcd, string ofNetcd, string database, string[] directories) = await BackupSource.MixedAsync(folder);
        await Task.WhenAll(
            TwoServers.AssertAlikeAsync(folder, "of-etcd", ofEtcd),
            TwoServers.AssertAlikeAsync(folder, "of-netcd", ofNetcd, Bump),
            TwoServers.AssertAlikeAsync(folder, "of-db", database, "--skip-hash-check"),
            ForcedAlikeAsync(folder, directories[0]),
            ForcedAlikeAsync(folder, directories[1]));
    }

    /// <summary>The directory of a member whose cluster is gone, taken over by either server.</summary>
    private static Task ForcedAlikeAsync(TemporaryFolder folder, string directory)
    {
        string name = folder.At(Path.GetFileName(directory));
        (string left, string right) = (name + "-left", name + "-right");
        TemporaryFolder.Copy(directory, RestoredDirectory.At(left, 0));
        return TwoServers.AssertAlikeAsync(RestoredDirectory.Unknown(), left, right, "--force-new-cluster");
    }
}
