using Netcd.Interop.Processes;
using Netcd.Interop.Takeover;

namespace Netcd.Interop.Tools;

/// <summary>Files of both servers, whole and damaged, for tools to work on.</summary>
internal static class UtlFiles
{
    /// <summary>A link to netcd by the name of etcd's tool.</summary>
    public static string Link(TemporaryFolder folder)
    {
        string link = folder.At("etcdutl");
        File.CreateSymbolicLink(link, NetcdProgram.Path);
        return link;
    }

    /// <summary>
    /// <c>etcd.snapshot</c>, <c>netcd.snapshot</c>, the data directories <c>etcd</c> and <c>netcd</c>, and what is no snapshot.
    /// </summary>
    public static async Task<string> MakeAsync(TemporaryFolder folder)
    {
        string files = folder.At("files");
        Directory.CreateDirectory(files);
        await Task.WhenAll(
            MakeAsync(await EtcdPrograms.EtcdAsync(), folder, files, "etcd"),
            MakeAsync(NetcdProgram.Path, folder, files, "netcd"));
        byte[] snapshot = await File.ReadAllBytesAsync(Path.Combine(files, "etcd.snapshot"));
        await File.WriteAllBytesAsync(Path.Combine(files, "empty"), []);
        await File.WriteAllBytesAsync(Path.Combine(files, "tiny"), snapshot[..30]);
        await File.WriteAllBytesAsync(Path.Combine(files, "truncated"), snapshot[..5000]);
        await File.WriteAllBytesAsync(Path.Combine(files, "text"), [.. Enumerable.Repeat((byte)'x', 100_000)]);
        byte[] wrongSum = [.. snapshot];
        wrongSum[^1] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(files, "wrong-sum"), wrongSum);
        await File.WriteAllBytesAsync(Path.Combine(files, "without-sum"), snapshot[..^32]);
        return files;
    }

    private static async Task MakeAsync(string program, TemporaryFolder folder, string files, string name)
    {
        (string snapshot, _) = await BackupSource.OneAsync(program, folder, name, withAlarm: false, "--snapshot-count", "20");
        File.Copy(snapshot, Path.Combine(files, name + ".snapshot"));
        TemporaryFolder.Copy(folder.At(name), Path.Combine(files, name));
    }
}
