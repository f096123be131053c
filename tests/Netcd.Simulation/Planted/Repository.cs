namespace Netcd.Simulation.Planted;

/// <summary>The repository whose source is rewritten: the one that the program runs in, or else the one that it was built from.</summary>
internal static class Repository
{
    private const string Solution = "netcd.slnx";

    /// <summary>Its directory.</summary>
    /// <exception cref="InvalidOperationException">There is none around the program.</exception>
    public static string Directory { get; } = Above(Environment.CurrentDirectory) ?? Above(AppContext.BaseDirectory)
        ?? throw new InvalidOperationException($"no {Solution} in any directory above: this command needs the source");

    /// <summary>A file or directory of it.</summary>
    public static string PathOf(string relative) => Path.Combine(Directory, relative);

    private static string? Above(string directory)
    {
        for (DirectoryInfo? at = new(directory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, Solution)))
            {
                return at.FullName;
            }
        }

        return null;
    }
}
