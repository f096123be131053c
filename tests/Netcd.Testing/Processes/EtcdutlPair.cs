using System.Text;
using System.Text.RegularExpressions;

namespace Netcd.Testing.Processes;

/// <summary>
/// Runs command lines by etcdutl and by netcd's tool, each with files of its own that begin alike, and notes where exit code or
/// output differ. The differences of a script are shown together at its end.
/// </summary>
public sealed partial class EtcdutlPair
{
    /// <summary>Frames of etcdutl as Debian builds it, in the characters that etcd's own releases draw with.</summary>
    private const string Drawn = "┌┬┐├┼┤└┴┘─│";
    private const string Plain = "+++++++++-|";

    /// <summary>Commands in lists that only one of the two has.</summary>
    private static readonly string[] OnlyHere =
        ["  db  ", "  hashkv  ", "  migrate  ", "  wal  ", "db\t", "hashkv\t", "migrate\t", "wal\t"];

    private readonly string theirs;
    private readonly Func<string[], Task<CommandResult>> ours;
    private readonly string left;
    private readonly string right;
    private readonly StringBuilder differences = new();

    private EtcdutlPair(string theirs, Func<string[], Task<CommandResult>> ours, string left, string right)
    {
        this.theirs = theirs;
        this.ours = ours;
        this.left = left;
        this.right = right;
    }

    public int Commands { get; private set; }

    /// <summary>Both tools, with a copy each of the files.</summary>
    /// <param name="folder">Where the copies go.</param>
    /// <param name="files">The files.</param>
    /// <param name="ours">Runs netcd's tool, which calls itself etcdutl.</param>
    public static async Task<EtcdutlPair> CreateAsync(TemporaryFolder folder, string files, Func<string[], Task<CommandResult>> ours)
    {
        (string left, string right) = (folder.At("by-etcd"), folder.At("by-netcd"));
        TemporaryFolder.Copy(files, left);
        TemporaryFolder.Copy(files, right);
        return new EtcdutlPair(await EtcdPrograms.EtcdutlAsync(), ours, left, right);
    }

    /// <summary>Runs a line, words between blanks: <c>''</c> is an empty word, and what begins with <c>@</c> is a file.</summary>
    /// <param name="line">The line.</param>
    /// <param name="sameWords">Whether what they say of an error must be the same, and not the exit code alone.</param>
    public async Task RunAsync(string line, bool sameWords = true)
    {
        CommandResult[] both = await Task.WhenAll(
            Command.RunAsync(theirs, Words(left, line), "", TimeSpan.FromSeconds(30)), ours(Words(right, line)));
        (string expected, string actual) = (Describe(both[0], left, sameWords), Describe(both[1], right, sameWords));
        lock (differences)
        {
            Commands++;
            if (expected != actual)
            {
                differences.Append($"\n$ etcdutl {line}\n--- etcd\n{expected}\n--- netcd\n{actual}\n");
            }
        }

        Assert.DoesNotContain("   at ", both[1].Errors, StringComparison.Ordinal);
    }

    public void AssertSame() => Assert.True(differences.Length == 0, differences.ToString());

    private static string[] Words(string folder, string line) =>
    [
        .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word == "''" ? "" : word.Replace("@", folder + "/", StringComparison.Ordinal)),
    ];

    private static string Describe(CommandResult result, string folder, bool sameWords)
    {
        string output = Utf8(result.Output);
        foreach ((char drawn, char plain) in Drawn.Zip(Plain))
        {
            output = output.Replace(drawn, plain);
        }

        IEnumerable<string> errors = Utf8(result.Errors).Split('\n').Where(static line => !LogLine().IsMatch(line));
        bool isError = errors.Any(static line => line.StartsWith("Error: ", StringComparison.Ordinal));
        string said = sameWords ? string.Join('\n', errors) : isError ? "an error" : "nothing";
        string text = $"exit code {result.ExitCode}\n{output}\n{said}".Replace(folder, "FOLDER", StringComparison.Ordinal);
        text = Versions().Replace(text, "${what} version: VERSION");
        text = Examples().Replace(text, "");
        return string.Join('\n', text.Split('\n')
            .Where(static line => !OnlyHere.Any(name => line.StartsWith(name, StringComparison.Ordinal))
                && !line.StartsWith("netcd version", StringComparison.Ordinal)));
    }

    private static string Utf8(string bytes) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(bytes));

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT")]
    private static partial Regex LogLine();

    /// <summary>What only netcd's help has.</summary>
    [GeneratedRegex(@"\n\nExamples:(\n  .+)+")]
    private static partial Regex Examples();

    [GeneratedRegex(@"(?<what>etcdutl|API) version: [0-9.]+")]
    private static partial Regex Versions();
}
