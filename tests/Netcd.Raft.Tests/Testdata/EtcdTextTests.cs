using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Testdata;

/// <summary>
/// Against etcd's record of the same commands: several nodes, message by message; the arithmetic of majorities and joint majorities; and
/// that of configuration changes.
/// </summary>
[Trait("Category", "RaftTestdata")]
public class EtcdTextTests
{
    private const string Nodes = "testdata";
    private const string Quorums = "quorum/testdata";
    private const string Changes = "confchange/testdata";

    public static TheoryData<string> Files()
    {
        string[] files = [.. Raftdata.FilesOf(Nodes), .. Raftdata.FilesOf(Quorums), .. Raftdata.FilesOf(Changes)];
        return files.Length == 0 ? [Raftdata.Missing] : [.. files];
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Raft_does_what_the_file_says(string file)
    {
        string path = Raftdata.PathOf(file);
        if (file.StartsWith(Quorums, StringComparison.Ordinal))
        {
            TextRun.Verify(path, QuorumRun.Run);
        }
        else if (file.StartsWith(Changes, StringComparison.Ordinal))
        {
            TextRun.Verify(path, new ConfChangeRun().Run);
        }
        else
        {
            TextRun.Verify(path, new Scenario().Run);
        }
    }

    [Fact]
    public void All_files_that_are_known_are_there_where_any_are() =>
        Assert.True(Files() is { Count: 1 or >= 41 }, $"only {Files().Count} files");
}
