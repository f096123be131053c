using System.Text;
using System.Text.RegularExpressions;

namespace Netcd.Raft.Tests.Text;

/// <summary>Compares what the commands of a file print with what the file says, log lines left aside.</summary>
internal static partial class TextRun
{
    public static void Verify(string path, Func<TextCase, string> run)
    {
        List<TextCase> tests = TextFile.Read(path).ToList();
        Assert.NotEmpty(tests);
        foreach (TextCase test in tests)
        {
            string actual = run(test);
            string expected = WithoutLogLines(test.Expected);
            if (Trimmed(actual) != Trimmed(expected))
            {
                Assert.Fail($"{Path.GetFileName(path)}:{test.Line}: {test.Command}\n--- expected\n{expected}\n--- actual\n{actual}");
            }
        }
    }

    /// <summary>Runs the commands of a file and returns it with what they print now.</summary>
    public static string Rewrite(string path, Func<TextCase, string> run)
    {
        string[] lines = File.ReadAllLines(path);
        StringBuilder text = new();
        int at = 0;
        foreach (TextCase test in TextFile.Read(path))
        {
            for (; at < lines.Length && (at < test.Line - 1 || lines[at] != TextFile.Divider); at++)
            {
                text.Append(lines[at]).Append('\n');
            }

            text.Append(TextFile.Divider).Append('\n').Append(run(test).TrimEnd()).Append("\n\n");
            for (at++; at < lines.Length && lines[at].Trim().Length > 0;)
            {
                at++;
            }

            at++;
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static string WithoutLogLines(string output)
    {
        List<string> lines = output.Split('\n').Where(line => !LogLine().IsMatch(line)).ToList();
        return lines.All(line => line.Length == 0) ? "ok" : string.Join('\n', lines);
    }

    private static string Trimmed(string output) => string.Join('\n', output.TrimEnd().Split('\n').Select(line => line.TrimEnd()));

    [GeneratedRegex(@"^\s*(DEBUG|INFO|WARN|ERROR|FATAL) ")]
    private static partial Regex LogLine();
}
