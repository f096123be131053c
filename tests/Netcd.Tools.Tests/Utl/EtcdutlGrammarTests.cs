using Netcd.Testing.Processes;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Tests.Utl;

/// <summary>Commands, flags, help and answers to shells: the same as etcdutl's, down to the exit code and the stream.</summary>
public sealed class EtcdutlGrammarTests
{
    /// <summary>What concerns no file: commands, flags, help, shells.</summary>
    private static readonly string[] Grammar =
    [
        "''", "-", "bogus", "--bogus", "-x", "-é", "c", "verson", "Version", "xyzzy", "a\"b", "---x version", "--=x", "--write-out",
        "-- version", "--help snapshot status", "-h snapshot", "-hw version", "version", "version extra", "v", "version --help",
        "version --help=false", "version -- --bogus", "-wx=y version", "'' version", "snap", "snapshot", "snap bogus", "snapshot -- status",
        "snapshot --help status", "snapsho stat", "snapshot status", "snapshot status a b", "snapshot status -w", "snapshot status -h",
        "snapshot status --help -x", "snapshot save x", "snapshot save -h", "snapshot restore", "snapshot restore -h", "snapshot restore x",
        "snapshot restore a b --data-dir c", "snapshot restore --skip-hash-check=maybe x", "snapshot restore x --bump-revision -1",
        "snapshot restore x --bump-revision abc", "snapshot restore x --bump-revision=99999999999999999999",
        "snapshot restore x --data-dir y --bump-revision 5", "snapshot restore x --data-dir y --mark-compacted",
        "snapshot restore x --data-dir y --mark-compacted=T", "snapshot restore --skip-hash-check true x --data-dir y", "defrag",
        "defrag -h", "backup", "backup --data-dir x", "backup --help", "check", "check bogus", "check v2", "help", "help help",
        "help defrag", "help snap stat", "help bogus", "help a b", "help a`b", "help completion", "completion", "completion bogus",
        "completion bash extra", "completion bash -h", "completion zsh -h", "completion fish -h", "completion powershell -h",
        "__complete snapshot ''", "__complete snapshot restore --", "__complete snapshot restore --data-dir x --i",
        "__complete snapshot restore x -", "__completeNoDesc sn", "__complete help s", "__complete completion ''", "__complete defrag ''",
        "__complete snapshot status ''", "__complete snapshot status x ''", "__complete version --help ''", "__complete -",
    ];

    [Fact]
    public async Task Command_lines_are_read_and_answered_as_by_etcdutl()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.At("files"));
        EtcdutlPair pair = await EtcdutlPair.CreateAsync(folder, folder.At("files"), words => Task.FromResult(Run(words)));
        await Parallel.ForEachAsync(
            Grammar, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (line, _) => await pair.RunAsync(line));
        pair.AssertSame();
        Assert.True(pair.Commands >= 75, $"only {pair.Commands} command lines");
    }

    private static CommandResult Run(string[] words)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter errors = new() { NewLine = "\n" };
        ToolVersions versions = new("3.6.1", "0.0.1");
        int exitCode = ToolProgram.Run("/usr/bin/etcdutl", words, new ToolConsole(output, errors), versions) ?? -1;
        return new CommandResult(exitCode, Latin1(output), Latin1(errors));
    }

    /// <summary>As a process gives it: each byte a character.</summary>
    private static string Latin1(StringWriter text) =>
        System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(text.ToString()));
}
