using System.Runtime.CompilerServices;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>
/// Finds the text files of etcd's raft library. They are not part of this repository: beside it in <c>shared/raft-testdata</c>, or where
/// NETCD_RAFT_TESTDATA says. Without them the tests are skipped, unless NETCD_REQUIRE_RAFTDATA=1.
/// </summary>
internal static class Raftdata
{
    public static string Find(string relative)
    {
        var root = Environment.GetEnvironmentVariable("NETCD_RAFT_TESTDATA");
        root = string.IsNullOrEmpty(root) ? Beside() : root;
        var path = root is null ? null : Path.Combine(root, relative);
        if (path is not null && File.Exists(path))
            return path;
        if (Environment.GetEnvironmentVariable("NETCD_REQUIRE_RAFTDATA") == "1")
            Assert.Fail($"raft's text files are required and {relative} is not there (NETCD_RAFT_TESTDATA)");
        Assert.Skip($"raft's text file {relative} is not there (NETCD_RAFT_TESTDATA)");
        return "";
    }

    // Beside the repository, or beside the folder that holds its worktrees.
    private static string? Beside([CallerFilePath] string here = "")
    {
        for (var folder = Path.GetDirectoryName(here); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var candidate = Path.Combine(folder, "shared", "raft-testdata");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
