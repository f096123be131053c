using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Netcd.Fuzzing;

/// <summary>
/// Inputs that have shown a fault once, or are worth to be tried each time: a line each, of hexadecimal digits, or of text behind a bar,
/// in which a backslash escapes as it does in C#. <c>00|text</c> is a byte before a text.
/// </summary>
internal static class Corpus
{
    /// <summary>Targets that have inputs.</summary>
    public static IEnumerable<string> Names => Assembly.GetExecutingAssembly().GetManifestResourceNames();

    /// <summary>The inputs kept for a target; lines with a # are remarks. What follows a plus in its name says only how it is set up.
    /// </summary>
    public static IReadOnlyList<byte[]> Of(string target)
    {
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(target.Split('+')[0]);
        if (stream is null)
        {
            return [];
        }

        using StreamReader reader = new(stream);
        return [.. reader.ReadToEnd().Split('\n')
            .Select(static line => line.TrimEnd('\r'))
            .Where(static line => line.Length > 0 && line[0] != '#')
            .Select(Parse)];
    }

    private static byte[] Parse(string line) => line.Split('|', 2) switch
    {
        [var digits, var text] => [.. Convert.FromHexString(digits), .. Encoding.UTF8.GetBytes(Regex.Unescape(text))],
        _ => Convert.FromHexString(line.Trim()),
    };
}
