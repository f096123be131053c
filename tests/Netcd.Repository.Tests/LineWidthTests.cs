using System.Globalization;
using System.Text.RegularExpressions;

namespace Netcd.RepositoryTests;

/// <summary>Two sources fit side by side on a screen: no line is wider than .editorconfig says, which no build looks at.</summary>
public sealed partial class LineWidthTests
{
    [Fact]
    public void No_line_of_a_source_is_too_wide()
    {
        string[] wide = [.. WideLines()];
        Assert.True(wide.Length == 0, string.Join('\n', wide));
    }

    [Theory]
    [InlineData(140, "x")]
    [InlineData(141, "x", true)]
    [InlineData(200, "\"")]
    [InlineData(200, "\"\"\"", false)]
    public void A_line_is_too_wide_from_a_character_more_on_unless_it_is_one_raw_text(int length, string quote, bool isTooWide = true)
    {
        string line = "    " + quote + new string('x', length - 4 - (2 * quote.Length)) + quote;
        Assert.Equal(isTooWide && length > Most(), IsTooWide(line, Most()));
    }

    /// <summary>Each line that is too wide: its file from the repository on, its number and its length.</summary>
    private static IEnumerable<string> WideLines()
    {
        int most = Most();
        string[] files = [.. Tree.Files("*.cs", "src"), .. Tree.Files("*.cs", "bench"), .. Tree.Files("*.cs", "tests")];
        Assert.True(files.Length > 500, $"only {files.Length} files were found");
        return
            from file in files
            let name = Path.GetRelativePath(Repository.Root, file).Replace(Path.DirectorySeparatorChar, '/')
            from line in File.ReadLines(file).Index()
            where IsTooWide(line.Item, most)
            select $"{name}:{line.Index + 1}: {line.Item.Length} characters";
    }

    private static bool IsTooWide(string line, int most) => line.Length > most && !OneText().IsMatch(line);

    private static int Most() =>
        int.Parse(MaxLineLength().Match(File.ReadAllText(Repository.At(".editorconfig"))).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^max_line_length = (\d+)$", RegexOptions.Multiline)]
    private static partial Regex MaxLineLength();

    /// <summary>
    /// A line that is one raw text, such as a JSON document that is compared byte by byte: in pieces it would be harder to read and to
    /// search for.
    /// </summary>
    [GeneratedRegex("""^\s*(?:\.\. )?\$*"{3}[^"].*"{3}(?:u8)?[\w()\].,;]{0,24}$""")]
    private static partial Regex OneText();
}
