using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl;
using Netcd.Tools.Utl;

namespace Netcd.Tools.Tests.CommandLine;

/// <summary>Examples in helps: that they are command lines, and where they stand.</summary>
public sealed class ExampleTests
{
    public static TheoryData<string> Tables => ["ctl", "utl"];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_example_is_of_a_command_that_there_is_and_shown_by_it(string tool)
    {
        foreach ((string path, CommandExample[] examples) in tool == "ctl" ? CtlExamples.All : UtlExamples.All)
        {
            string help = Run([tool, .. path.Split(' '), "--help"]).Output;
            foreach (CommandExample example in examples)
            {
                Assert.StartsWith(path, example.Line, StringComparison.Ordinal);
                Assert.Contains($"# {example.What}\n", help, StringComparison.Ordinal);
                Assert.Contains($"netcd {tool} {example.Line}\n", help, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("ctl tree", "\nEXAMPLES:\n\t# ")]
    [InlineData("ctl diff", "\nEXAMPLES:\n\t# ")]
    [InlineData("ctl export", "\nEXAMPLES:\n\t# ")]
    [InlineData("ctl import", "\nEXAMPLES:\n\t# ")]
    [InlineData("ctl top", "\nEXAMPLES:\n\t# ")]
    [InlineData("ctl load", "\nEXAMPLES:\n\t# ")]
    [InlineData("utl db check", "\n\nExamples:\n  # ")]
    public void Commands_of_netcds_own_have_examples(string command, string section) =>
        Assert.Contains(section, Run([.. command.Split(' '), "-h"]).Output, StringComparison.Ordinal);

    /// <summary>Each line is run with its command's help: a flag that there is not would be told instead.</summary>
    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_example_has_flags_that_there_are(string tool)
    {
        string[] paths = [.. (tool == "ctl" ? CtlExamples.All : UtlExamples.All).Keys, .. tool == "ctl" ? Own : []];
        foreach (string path in paths)
        {
            string start = $"netcd {tool} {path}";
            string[] help = Run([tool, .. path.Split(' '), "--help"]).Output.Split('\n');
            string[] lines = [.. help.Select(static line => line.Trim()).Where(line =>
                line.StartsWith(start, StringComparison.Ordinal) && !line.EndsWith("[flags]", StringComparison.Ordinal))];
            Assert.NotEmpty(lines);
            foreach (string line in lines)
            {
                string[] words = line["netcd ".Length..].Split(" -- ")[0].Split(" < ")[0].Split(' ');
                (int exitCode, string _, string errors) = Run([.. words, "--help"]);
                Assert.True(exitCode == 0 && errors.Length == 0, $"{line}: {errors}");
            }
        }
    }

    private static string[] Own => ["tree", "diff", "export", "import", "top", "load"];

    [Theory]
    [InlineData("ctl t", "txn")]
    [InlineData("ctl d", "defrag")]
    [InlineData("ctl lo", "lock")]
    [InlineData("ctl e", "elect")]
    public void What_was_short_for_etcdctls_commands_does_not_mean_others(string line, string suggested)
    {
        string said = Run([.. line.Split(' '), "--help"]) is var result ? result.Output + result.Errors : "";
        Assert.Contains(suggested, said, StringComparison.Ordinal);
        Assert.All(Own, own => Assert.DoesNotContain($"\t{own}\n", said, StringComparison.Ordinal));
    }

    private static (int ExitCode, string Output, string Errors) Run(string[] words)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter errors = new() { NewLine = "\n" };
        int exitCode = ToolProgram.Run("netcd", words, new ToolConsole(output, errors), new ToolVersions("3.6.1", "0.0.1")) ?? -1;
        return (exitCode, output.ToString(), errors.ToString());
    }
}
