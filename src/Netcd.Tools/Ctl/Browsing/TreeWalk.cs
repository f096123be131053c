using System.Text;
using Netcd.Client;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Browsing;

/// <summary>Writes keys as a tree while it reads them: what it remembers is the way from the root to where it is.</summary>
/// <param name="window">The keys.</param>
/// <param name="options">How they are shown.</param>
/// <param name="output">Where to.</param>
internal sealed class TreeWalk(KeyWindow window, TreeOptions options, TextWriter output)
{
    /// <summary>What lies deeper stays in one piece: nobody reads such a tree, and a key may consist of a million separators.</summary>
    private const int DeepestLevel = 200;

    private readonly byte[] separator = Encoding.UTF8.GetBytes(options.Separator);

    /// <summary>How many folders it has met.</summary>
    public long Folders { get; private set; }

    /// <summary>Writes all keys of a prefix.</summary>
    public Task RunAsync(ReadOnlyMemory<byte> prefix) =>
        WalkAsync(prefix.Length, KeyBound.EndOf(KeyRange.Prefix(prefix)), indent: "", level: 1);

    /// <summary>Writes what is in a folder.</summary>
    /// <param name="length">How much of the keys is the folder's own name.</param>
    /// <param name="end">Where the folder ends.</param>
    /// <param name="indent">What stands before each line.</param>
    /// <param name="level">How deep it is.</param>
    private async Task WalkAsync(int length, KeyBound end, string indent, int level)
    {
        while (await window.CurrentAsync().ConfigureAwait(false) is { } found && end.IsBehind(found.Key))
        {
            int at = level > DeepestLevel ? -1 : found.Key.Span[length..].IndexOf(separator);
            if (at < 0)
            {
                await WriteKeyAsync(found, length, end, indent).ConfigureAwait(false);
            }
            else
            {
                ReadOnlyMemory<byte> folder = found.Key[..(length + at + separator.Length)];
                await WriteFolderAsync(folder, length, end, indent, level).ConfigureAwait(false);
            }
        }
    }

    private async Task WriteKeyAsync(KeyValue found, int length, KeyBound end, string indent)
    {
        bool isLast = !await window.HasBetweenAsync(KeyBound.Behind(found.Key), end).ConfigureAwait(false);
        string value = options.ShowsValues ? " = " + PrintableText.Quoted(found.Value, options.IsHex) : "";
        WriteLine(indent, isLast, PrintableText.Of(found.Key[length..], options.IsHex) + value);
        window.Advance();
    }

    private async Task WriteFolderAsync(ReadOnlyMemory<byte> folder, int length, KeyBound end, string indent, int level)
    {
        Folders++;
        KeyBound behind = KeyBound.EndOf(KeyRange.Prefix(folder));
        bool isLast = !await window.HasBetweenAsync(behind, end).ConfigureAwait(false);
        string count = options.ShowsCounts ? $" ({await window.CountUntilAsync(behind).ConfigureAwait(false)})" : "";
        WriteLine(indent, isLast, PrintableText.Of(folder[length..], options.IsHex) + count);
        if (level == options.Depth)
        {
            await window.SkipToAsync(behind).ConfigureAwait(false);
        }
        else
        {
            await WalkAsync(folder.Length, behind, indent + (isLast ? "    " : "│   "), level + 1).ConfigureAwait(false);
        }
    }

    private void WriteLine(string indent, bool isLast, string text) => output.WriteLine(indent + (isLast ? "└── " : "├── ") + text);
}

/// <summary>How a tree is shown.</summary>
/// <param name="Separator">What stands between the names of folders.</param>
/// <param name="Depth">How many levels are shown; 0 for all.</param>
/// <param name="ShowsValues">Whether values stand behind their keys.</param>
/// <param name="ShowsCounts">Whether folders say how many keys they hold.</param>
/// <param name="IsHex">Whether each byte is to be seen.</param>
internal sealed record TreeOptions(string Separator, long Depth, bool ShowsValues, bool ShowsCounts, bool IsHex);
