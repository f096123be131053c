using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Tests.CommandLine;

/// <summary>How commands are found, and what is said where there is none.</summary>
public sealed class CommandTests
{
    [Theory]
    [InlineData("snap stat", "status")]
    [InlineData("snapshot status", "status")]
    [InlineData("snapshot -w json status", "status")]
    [InlineData("s --write-out=json st", "status")]
    [InlineData("del", "del")]
    [InlineData("defr", "defrag")]
    public void A_name_may_be_shortened_as_long_as_it_is_one_commands(string line, string ran) =>
        Assert.Equal((0, ran, ""), Run(line));

    [Fact]
    public void A_name_of_two_commands_is_none_but_one_that_is_whole_is() =>
        Assert.Equal((0, "del", ""), Run("del"));

    [Fact]
    public void Names_that_are_near_are_suggested()
    {
        (int exitCode, string output, string errors) = Run("de");
        Assert.Equal((1, ""), (exitCode, output));
        const string Fault = "Error: unknown command \"de\" for \"tool\"\n\nDid you mean this?\n\tdel\n\tdefrag\n\n";
        Assert.Equal(Fault + "Run 'tool --help' for usage.\n" + Fault, errors);
    }

    [Fact]
    public void What_etcds_tools_do_not_have_is_neither_suggested_nor_shortened()
    {
        Assert.Equal((0, "db", ""), Run("db"));
        Assert.DoesNotContain("db", Run("d").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_flag_is_told_with_the_usage_on_the_stream_of_errors()
    {
        (int exitCode, string output, string errors) = Run("snapshot status --none");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("Error: unknown flag: --none\nUsage:\n  tool snapshot status <file> [flags]\n", errors, StringComparison.Ordinal);
        Assert.EndsWith("\n\nError: unknown flag: --none\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flag_that_is_required_is_missed_by_its_name()
    {
        (int exitCode, _, string errors) = Run("defrag");
        Assert.Equal(1, exitCode);
        Assert.StartsWith("Error: required flag(s) \"data-dir\" not set\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_explains_itself()
    {
        (int exitCode, string output, string errors) = Run("snapshot none");
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.StartsWith(
            "Usage:\n  tool snapshot [command]\n\nAvailable Commands:\n  status      tells\n\nFlags:\n", output, StringComparison.Ordinal);
    }

    private static (int ExitCode, string Output, string Errors) Run(string line)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter errors = new() { NewLine = "\n" };
        Command Tell(string use, params CommandFlag[] flags) => new(use, "tells")
        {
            Flags = flags,
            IsExtra = use == "db",
            Run = _ =>
            {
                output.Write(use.Split(' ')[0]);
                return 0;
            },
        };
        Command root = new("tool", "a tool") { IsProgram = true, SharedFlags = [new TextFlag("write-out", "") { Shorthand = 'w' }] };
        root.Add(
            new Command("snapshot <subcommand>", "group").Add(Tell("status <file>")),
            Tell("del"),
            Tell("defrag", new TextFlag("data-dir", "") { IsRequired = line == "defrag" }),
            Tell("db"));
        int exitCode = new CommandProgram(root, new ToolConsole(output, errors)).Run(line.Split(' '));
        return (exitCode, output.ToString(), errors.ToString());
    }
}
