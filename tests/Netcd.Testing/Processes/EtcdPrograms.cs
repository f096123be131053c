namespace Netcd.Testing.Processes;

/// <summary>
/// The real etcd, etcdctl and etcdutl: from the folder that NETCD_TEST_ETCD names, else from PATH, else from the cache that
/// <c>tools/get-etcd.sh</c> fills, which is run when nothing is found. A test that cannot have them is skipped with the reason, and fails
/// where NETCD_REQUIRE_ETCD is 1.
/// </summary>
public static class EtcdPrograms
{
    private static readonly string[] Names = ["etcd", "etcdctl", "etcdutl"];
    private static readonly Lazy<Task<(string? Folder, string Reason)>> Found = new(FindAsync);

    public static async Task<string> EtcdAsync() => Path.Combine(await FolderAsync(), "etcd");

    public static async Task<string> EtcdctlAsync() => Path.Combine(await FolderAsync(), "etcdctl");

    public static async Task<string> EtcdutlAsync() => Path.Combine(await FolderAsync(), "etcdutl");

    private static async Task<string> FolderAsync()
    {
        (string? folder, string reason) = await Found.Value;
        if (folder is null && Environment.GetEnvironmentVariable("NETCD_REQUIRE_ETCD") == "1")
        {
            Assert.Fail("etcd is required: " + reason);
        }

        Assert.SkipWhen(folder is null, "there is no etcd: " + reason);
        return folder!;
    }

    private static async Task<(string? Folder, string Reason)> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("NETCD_TEST_ETCD") is { Length: > 0 } named)
        {
            string folder = Directory.Exists(named) ? named : Path.GetDirectoryName(named) ?? named;
            return HasAll(folder) ? (folder, "") : (null, $"NETCD_TEST_ETCD names {named}, which lacks one of {string.Join(", ", Names)}");
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Combine(home, ".cache");
        IEnumerable<string> places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string? found = places.Append(Path.Combine(cache, "netcd", "etcd", "usr", "bin")).FirstOrDefault(HasAll);
        return found is null ? await FetchAsync() : (found, "");
    }

    private static async Task<(string? Folder, string Reason)> FetchAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, "set NETCD_TEST_ETCD to a folder with etcd, etcdctl and etcdutl");
        }

        CommandResult result = await Command.RunAsync("bash", [Repository.At("tools", "get-etcd.sh")], "", TimeSpan.FromMinutes(3));
        string folder = result.Output.Trim();
        return result.ExitCode == 0 && HasAll(folder) ? (folder, "") : (null, "tools/get-etcd.sh: " + result.Errors.Trim());
    }

    private static bool HasAll(string folder) => Names.All(name => File.Exists(Path.Combine(folder, name)));
}
