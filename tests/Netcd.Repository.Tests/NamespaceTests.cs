using System.Text.RegularExpressions;

namespace Netcd.RepositoryTests;

/// <summary>A file's namespace says where it is.</summary>
public sealed partial class NamespaceTests
{
    /// <summary>The folders of the one library that is flat: an application imports a single namespace.</summary>
    private static readonly string[] FlatFolders = [.. new[]
    {
        "Consensus", "Log", "Membership", "Messages", "Quorum", "Roles", "Tracking",
    }.Select(static folder => Path.Combine("src", "Netcd.Raft", folder))];

    /// <summary>Parts of classes that are generated from the contracts, and so in the contracts' namespace.</summary>
    private static readonly Dictionary<string, string> GeneratedElsewhere = new()
    {
        [Path.Combine("src", "Netcd.Protocol", "Responses.cs")] = "Netcd.Protocol.V3",
    };

    [Fact]
    public void A_file_s_namespace_is_its_folder()
    {
        List<string> elsewhere = [];
        int files = 0;
        foreach (string project in Tree.Files("*.csproj"))
        {
            foreach (string file in Tree.Files("*.cs", Path.GetDirectoryName(project)!))
            {
                if (File.ReadLines(file).FirstOrDefault(static line => line.StartsWith("namespace ", StringComparison.Ordinal)) is { } line)
                {
                    files++;
                    if (line != $"namespace {Expected(project, file)};")
                    {
                        elsewhere.Add($"{Path.GetRelativePath(Repository.Root, file)}: {line}");
                    }
                }
            }
        }

        Assert.True(files > 500, $"only {files} files were found");
        Assert.True(elsewhere.Count == 0, string.Join('\n', elsewhere));
    }

    [Fact]
    public void Folders_and_files_that_are_excepted_exist() =>
        Assert.All(FlatFolders.Concat(GeneratedElsewhere.Keys), static path => Assert.True(Path.Exists(Repository.At(path)), path));

    private static string Expected(string project, string file)
    {
        if (GeneratedElsewhere.TryGetValue(Path.GetRelativePath(Repository.Root, file), out string? generated))
        {
            return generated;
        }

        Match named = RootNamespace().Match(File.ReadAllText(project));
        string root = named.Success ? named.Groups[1].Value : Path.GetFileNameWithoutExtension(project);
        string folder = Path.GetDirectoryName(file)!;
        string below = Path.GetRelativePath(Path.GetDirectoryName(project)!, folder);
        return below == "." || FlatFolders.Contains(Path.GetRelativePath(Repository.Root, folder))
            ? root
            : $"{root}.{below.Replace(Path.DirectorySeparatorChar, '.')}";
    }

    [GeneratedRegex("<RootNamespace>(.*)</RootNamespace>")]
    private static partial Regex RootNamespace();
}
