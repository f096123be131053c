namespace Netcd.Testing.Processes;

/// <summary>The repository: the one that the program was built in, or else the one that it runs in.</summary>
public static class Repository
{
    private const string Solution = "netcd.slnx";

    /// <summary>Its folder.</summary>
    /// <exception cref="InvalidOperationException">The program is in none.</exception>
    public static string Root { get; } = Above(AppContext.BaseDirectory) ?? Above(Environment.CurrentDirectory)
        ?? throw new InvalidOperationException(
            $"no {Solution} in any folder above {AppContext.BaseDirectory} or {Environment.CurrentDirectory}");

    /// <summary>A path inside the repository.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string? Above(string path)
    {
        for (DirectoryInfo? folder = new(path); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
