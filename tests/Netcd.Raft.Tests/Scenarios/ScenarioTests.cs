using System.Runtime.CompilerServices;
using Netcd.Raft.Tests.Text;

namespace Netcd.Raft.Tests.Scenarios;

/// <summary>
/// Our own text scenarios. With NETCD_RAFT_REWRITE=1 the files are rewritten with what happens now: to be read line by line before they
/// are kept.
/// </summary>
public class ScenarioTests
{
    [Theory]
    [MemberData(nameof(Files))]
    public void Nodes_do_message_for_message_what_the_scenario_says(string file)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Scenarios", file);
        if (Environment.GetEnvironmentVariable("NETCD_RAFT_REWRITE") == "1")
        {
            File.WriteAllText(Path.Combine(SourceFolder(), file), TextRun.Rewrite(path, new Scenario().Run));
        }
        else
        {
            TextRun.Verify(path, new Scenario().Run);
        }
    }

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Scenarios"), "*.txt")
            .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string SourceFolder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
