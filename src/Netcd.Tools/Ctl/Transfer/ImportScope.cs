using System.Text;
using Netcd.Client;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl.Transfer;

/// <summary>Which keys of an export are imported, and under which names.</summary>
internal sealed class ImportScope
{
    private readonly byte[] prefix;
    private readonly byte[] replacement;

    private ImportScope(byte[] prefix, byte[] replacement)
    {
        this.prefix = prefix;
        this.replacement = replacement;
    }

    /// <summary>The keys of the store that they may become.</summary>
    public KeyRange Range => KeyRange.Prefix(replacement);

    /// <summary>Reads the flags.</summary>
    /// <param name="file">The export.</param>
    /// <param name="prefix">What keys must begin with; null for all.</param>
    /// <param name="destination">What they begin with instead; null for the same.</param>
    /// <param name="isPruning">Whether keys that the export does not have are deleted.</param>
    /// <exception cref="CommandFailure">The export is not enough for that.</exception>
    public static ImportScope Of(ExportFile file, string? prefix, string? destination, bool isPruning)
    {
        byte[]? named = prefix is null ? file.Prefix : Encoding.UTF8.GetBytes(prefix);
        string? fault = !isPruning ? null
            : !file.IsWhole ? $"--prune needs a whole export: '{ExportNames.Count}' at its end is missing"
            : named is null ? $"--prune needs to know which keys are meant: the export has no '{ExportNames.Prefix}', so give --prefix"
            : file.Prefix is { } exported && !named.AsSpan().StartsWith(exported)
                ? "--prune cannot go beyond the export: its keys begin with " + GoText.Quote(Encoding.UTF8.GetString(exported))
            : null;
        return fault is null
            ? new ImportScope(named ?? [], destination is null ? named ?? [] : Encoding.UTF8.GetBytes(destination))
            : throw new CommandFailure(ExitCodes.BadArguments, fault);
    }

    /// <summary>The keys that are imported, in their order, by their new names.</summary>
    public IReadOnlyList<ExportedKey> Of(ExportFile file) =>
    [
        .. file.Keys.Where(found => found.Key.AsSpan().StartsWith(prefix))
            .Select(found => found with { Key = [.. replacement, .. found.Key.AsSpan(prefix.Length)] }),
    ];
}
