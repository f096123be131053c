using Netcd.Testing.Processes;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Tests.CommandLine;

/// <summary>The scripts for shells, in the shells that there are, with a tool that answers as ours does.</summary>
public sealed class CompletionScriptTests
{
    private const string Tool = """
        #!/bin/sh
        printf '%s\n' "$*" >> "$0.asked"
        printf 'status\ttells\nsnapshot\tdoes: more\n:4\n'

        """;

    [Theory]
    [InlineData("tool", "tool snap", "__complete snap")]
    [InlineData("tool", "tool snapshot st", "__complete snapshot st")]
    [InlineData("tool utl", "tool utl snap", "utl __complete snap")]
    public async Task Bash_asks_the_tool_and_takes_what_begins_so(string name, string line, string asked)
    {
        using TemporaryFolder folder = new();
        string words = string.Join(' ', line.Split(' ').Skip(1));
        string script = $$"""
            {{CompletionScripts.Of("bash", name, "__complete")}}
            COMP_WORDS=({{Path(folder)}} {{words}}); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            __{{name.Replace(' ', '_')}}_complete
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        string found = await AnswerAsync(folder, "bash", script);
        Assert.Equal(line.EndsWith("st", StringComparison.Ordinal) ? "status\n" : "snapshot\n", found);
        Assert.Equal(asked + "\n", await File.ReadAllTextAsync(Path(folder) + ".asked"));
    }

    [Fact]
    public async Task Bash_puts_together_what_it_takes_apart_at_an_equals_sign()
    {
        using TemporaryFolder folder = new();
        string script = $$"""
            {{CompletionScripts.Of("bash", "tool", "__complete")}}
            COMP_WORDS=({{Path(folder)}} --write-out = s); COMP_CWORD=3
            __tool_complete
            """;
        await AnswerAsync(folder, "bash", script);
        Assert.Equal("__complete --write-out=s\n", await File.ReadAllTextAsync(Path(folder) + ".asked"));
    }

    [Fact]
    public async Task Zsh_asks_the_tool_and_describes()
    {
        using TemporaryFolder folder = new();
        string script = $$"""
            compdef() { }
            _describe() { print -rl -- "${(@P)2}" }
            {{CompletionScripts.Of("zsh", "tool", "__complete")}}
            words=({{Path(folder)}} snapshot ''); CURRENT=3
            __tool_complete
            """;
        Assert.Equal("status:tells\nsnapshot:does: more\n", await AnswerAsync(folder, "zsh", script));
        Assert.Equal("__complete snapshot \n", await File.ReadAllTextAsync(Path(folder) + ".asked"));
    }

    [Fact]
    public async Task Fish_asks_the_tool_and_describes()
    {
        using TemporaryFolder folder = new();
        string script = $$"""
            set -x PATH {{folder.Path}} $PATH
            {{CompletionScripts.Of("fish", "tool", "__complete")}}
            complete -C 'tool snapshot s'
            """;
        string found = await AnswerAsync(folder, "fish", script);
        Assert.Equal("snapshot\tdoes: more\nstatus\ttells\n", string.Join('\n', found.Trim().Split('\n').Order()) + "\n");
        Assert.Equal("__complete snapshot s\n", await File.ReadAllTextAsync(Path(folder) + ".asked"));
    }

    [Fact]
    public void Each_shell_has_a_script_of_its_own_without_gaps()
    {
        string[] scripts = [.. new[] { "bash", "zsh", "fish", "powershell" }
            .Select(static shell => CompletionScripts.Of(shell, "netcd utl", "__completeNoDesc"))];
        Assert.Equal(4, scripts.Distinct().Count());
        Assert.All(scripts, static script =>
        {
            Assert.DoesNotMatch("@[A-Z]+@", script);
            Assert.Contains("__completeNoDesc", script, StringComparison.Ordinal);
        });
    }

    private static string Path(TemporaryFolder folder) => folder.At("tool");

    private static async Task<string> AnswerAsync(TemporaryFolder folder, string shell, string script)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/" + shell), $"there is no {shell}");
        await File.WriteAllTextAsync(Path(folder), Tool);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path(folder), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        string file = folder.At("script");
        await File.WriteAllTextAsync(file, script);
        return (await Netcd.Testing.Processes.Command.RunAsync("/usr/bin/" + shell, file)).Succeeded();
    }
}
