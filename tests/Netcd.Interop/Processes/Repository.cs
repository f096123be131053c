namespace Netcd.Interop.Processes;

/// <summary>Where the tests stand: found from the folder that they run in, up to the one that holds the solution.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>A path inside the repository.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "netcd.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no netcd.slnx above {AppContext.BaseDirectory}");
    }
}
