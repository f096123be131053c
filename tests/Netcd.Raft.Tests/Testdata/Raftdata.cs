using System.Runtime.CompilerServices;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>
/// Finds the text files of etcd's raft library. They are not part of this repository: beside it in <c>shared/raft-testdata</c>, or where
/// NETCD_RAFT_TESTDATA says. Without them one test is skipped, or fails where NETCD_REQUIRE_RAFTDATA is 1.
/// </summary>
internal static class Raftdata
{
    /// <summary>Stands for the files where there are none.</summary>
    public const string Missing = "(raft's text files are not there)";

    private static readonly string? Root = Find();

    /// <summary>The files in a folder of the library, by their paths in it; nothing where they are not there.</summary>
    public static IEnumerable<string> FilesOf(string folder) => Root is null
        ? []
        : Directory.EnumerateFiles(Path.Combine(Root, folder), "*.txt")
            .Select(path => folder + "/" + Path.GetFileName(path)).Order(StringComparer.Ordinal);

    /// <summary>Where a file is.</summary>
    public static string PathOf(string file)
    {
        if (file != Missing)
        {
            return Path.Combine(Root!, file);
        }

        if (Environment.GetEnvironmentVariable("NETCD_REQUIRE_RAFTDATA") == "1")
        {
            Assert.Fail("raft's text files are required and not there (NETCD_RAFT_TESTDATA)");
        }

        Assert.Skip("raft's text files are not there (NETCD_RAFT_TESTDATA)");
        return "";
    }

    private static string? Find()
    {
        string? named = Environment.GetEnvironmentVariable("NETCD_RAFT_TESTDATA");
        string? root = string.IsNullOrEmpty(named) ? Beside() : named;
        return Directory.Exists(root) ? root : null;
    }

    // Beside the repository, or beside the folder that holds its worktrees.
    private static string? Beside([CallerFilePath] string here = "")
    {
        for (string? folder = Path.GetDirectoryName(here); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string candidate = Path.Combine(folder, "shared", "raft-testdata");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
