using System.Text;
using System.Text.RegularExpressions;

namespace Netcd.RepositoryTests;

/// <summary>A document of the repository: its links, and the places in it that links can name.</summary>
internal sealed partial class Markdown
{
    private readonly string text;

    private Markdown(string path)
    {
        Path = path;

        // What stands in code is neither a link nor a heading.
        text = Code().Replace(File.ReadAllText(path), "");
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The targets of its links to files of the repository and to its own headings.</summary>
    public IEnumerable<string> Links => Link().Matches(text).Select(static match => match.Groups[1].Value)
        .Where(
            static target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal));

    /// <summary>The names of its headings, as GitHub makes them.</summary>
    public HashSet<string> Anchors => [.. Heading().Matches(text).Select(static match => Anchor(match.Groups[1].Value))];

    /// <summary>All documents of the repository.</summary>
    public static IEnumerable<Markdown> All() =>
        Tree.Files("*.md").Select(static path => new Markdown(path));

    /// <summary>One of them.</summary>
    public static Markdown At(string path) => new(path);

    private static string Anchor(string heading)
    {
        StringBuilder anchor = new();
        foreach (char c in heading.Trim().ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c) || c is '-' or '_')
            {
                anchor.Append(c);
            }
            else if (c == ' ')
            {
                anchor.Append('-');
            }
        }

        return anchor.ToString();
    }

    [GeneratedRegex(@"^```.*?^```|`[^`\n]*`(?!\])", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
