namespace Netcd.Interop.Space;

/// <summary>A file system of its own, in memory, with little room.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string mountPoint;

    private SmallDisk() => mountPoint = Directory.CreateDirectory(folder.At("small")).FullName;

    /// <summary>Mounts one; the test is skipped where that cannot be done.</summary>
    /// <param name="size">How large it is, as <c>mount</c> takes it: <c>72m</c>.</param>
    public static async Task<SmallDisk> MountAsync(string size)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a small file system is mounted on Linux only");
        SmallDisk disk = new();
        CommandResult mounted = await Command.RunAsync("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", disk.mountPoint);
        if (mounted.ExitCode != 0)
        {
            disk.folder.Dispose();
            Assert.Skip("a small file system cannot be mounted here: " + mounted.Errors.Trim());
        }

        return disk;
    }

    /// <summary>A path on it.</summary>
    public string At(string name) => Path.Combine(mountPoint, name);

    /// <summary>Gives it another size.</summary>
    public async Task ResizeAsync(string size) =>
        (await Command.RunAsync("mount", "-o", $"remount,size={size}", mountPoint)).Succeeded();

    public async ValueTask DisposeAsync()
    {
        await Command.RunAsync("umount", "-l", mountPoint);
        folder.Dispose();
    }
}
