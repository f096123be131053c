using System.Runtime.CompilerServices;
using Netcd.Raft.Tests.Testdata;
using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Scenarios;

/// <summary>
/// Our own text files of the arithmetic: of majorities, and of changes of a configuration. With NETCD_RAFT_REWRITE=1 the files are
/// rewritten with what comes out now: to be checked by hand before they are kept.
/// </summary>
public class ArithmeticTests
{
    private const string Quorums = "Quorum";
    private const string Changes = "Membership";

    [Theory]
    [MemberData(nameof(Files), Quorums)]
    public void Majorities_decide_what_the_file_says(string file) => Check(Quorums, file, QuorumRun.Run);

    [Theory]
    [MemberData(nameof(Files), Changes)]
    public void Changes_of_a_configuration_give_what_the_file_says(string file) => Check(Changes, file, new ConfChangeRun().Run);

    public static TheoryData<string> Files(string folder)
    {
        IEnumerable<string> paths = Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Scenarios", folder), "*.txt");
        return [.. paths.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
    }

    private static void Check(string folder, string file, Func<TextCase, string> run)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Scenarios", folder, file);
        if (Environment.GetEnvironmentVariable("NETCD_RAFT_REWRITE") == "1")
        {
            File.WriteAllText(Path.Combine(SourceFolder(), folder, file), TextRun.Rewrite(path, run));
        }
        else
        {
            TextRun.Verify(path, run);
        }
    }

    private static string SourceFolder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
