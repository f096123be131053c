using System.Text.RegularExpressions;

namespace Netcd.Raft.Tests.Text;

/// <summary>
/// Files of commands and expected outputs, divided by a line of four dashes; a blank line ends an output, unless the dashes come twice:
/// then they end it, twice again.
/// </summary>
internal static partial class TextFile
{
    public const string Divider = "----";

    public static IEnumerable<TextCase> Read(string path)
    {
        string[] lines = File.ReadAllLines(path);
        int at = 0;
        while (at < lines.Length)
        {
            string line = lines[at].Trim();
            if (line.Length == 0 || line.StartsWith('#'))
            {
                at++;
                continue;
            }

            int number = at + 1;
            while (line.EndsWith('\\'))
            {
                line = line[..^1] + lines[++at].Trim();
            }

            at++;
            List<string> input = [];
            while (at < lines.Length && lines[at] != Divider)
            {
                input.Add(lines[at++]);
            }

            at++;
            string expected = ReadOutput(lines, ref at);
            (string command, List<TextArgument> arguments) = Parse(line);
            yield return new TextCase(command, arguments, string.Join('\n', input).Trim(), expected, number);
        }
    }

    private static string ReadOutput(string[] lines, ref int at)
    {
        List<string> output = [];
        if (at < lines.Length && lines[at] == Divider)
        {
            at++;
            while (at < lines.Length && !(lines[at] == Divider && at + 1 < lines.Length && lines[at + 1] == Divider))
            {
                output.Add(lines[at++]);
            }

            at += 2;
        }
        else
        {
            while (at < lines.Length && lines[at].Trim().Length > 0)
            {
                output.Add(lines[at++]);
            }
        }

        return string.Join('\n', output);
    }

    private static (string Command, List<TextArgument> Arguments) Parse(string line)
    {
        List<TextArgument> arguments = [];
        foreach (Match match in Word().Matches(line))
        {
            string key = match.Groups["key"].Value;
            if (match.Groups["list"].Success)
            {
                arguments.Add(new TextArgument(key, match.Groups["list"].Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)));
            }
            else if (match.Groups["value"].Success)
            {
                arguments.Add(new TextArgument(key, [match.Groups["value"].Value]));
            }
            else
            {
                arguments.Add(new TextArgument(key, []));
            }
        }

        string command = arguments[0].Key;
        arguments.RemoveAt(0);
        return (command, arguments);
    }

    [GeneratedRegex(@"(?<key>[^\s=]+)(?:=(?:\((?<list>[^)]*)\)|(?<value>\S+)))?")]
    private static partial Regex Word();
}
