using Netcd.Client;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Browsing;

/// <summary>Writes changes as they are found.</summary>
internal interface IDiffWriter
{
    void Write(KeyChange change);

    /// <summary>Says that these were all.</summary>
    void End();
}

/// <summary>How many keys were added, changed and deleted.</summary>
internal sealed class ChangeCounts
{
    public long Added { get; private set; }

    public long Changed { get; private set; }

    public long Deleted { get; private set; }

    public void Count(KeyChange change)
    {
        Added += change.Before is null ? 1 : 0;
        Deleted += change.After is null ? 1 : 0;
        Changed += change is { Before: not null, After: not null } ? 1 : 0;
    }
}

/// <summary>A line a key, for people.</summary>
internal sealed class SimpleDiffWriter(TextWriter output, long from, long to, bool showsValues, bool isHex) : IDiffWriter
{
    private readonly ChangeCounts counts = new();

    public void Write(KeyChange change)
    {
        counts.Count(change);
        char sign = change.Before is null ? '+' : change.After is null ? '-' : '~';
        output.WriteLine($"{sign} {PrintableText.Of((change.After ?? change.Before)!.Key, isHex)}{(showsValues ? Values(change) : "")}");
    }

    public void End() => output.WriteLine(
        $"{counts.Added} added, {counts.Changed} changed, {counts.Deleted} deleted from revision {from} to {to}");

    private string Values(KeyChange change) => change switch
    {
        { Before: null } => " = " + Text(change.After!),
        { After: null } => " = " + Text(change.Before),
        _ when change.Before.Value.Span.SequenceEqual(change.After.Value.Span) => $" = {Text(change.After)} (written again)",
        _ => $" = {Text(change.Before)} -> {Text(change.After)}",
    };

    private string Text(KeyValue found) => PrintableText.Quoted(found.Value, isHex);
}

/// <summary>One JSON document, written while changes come: one that was broken off is not whole.</summary>
internal sealed class JsonDiffWriter(TextWriter output, long from, long to) : IDiffWriter
{
    private readonly ChangeCounts counts = new();

    /// <summary>What stands before the next change. Nothing is written before something could be read.</summary>
    private string lead = $"{{\"from\":{from},\"to\":{to},\"changes\":[";

    public void Write(KeyChange change)
    {
        counts.Count(change);
        string kind = change.Before is null ? "added" : change.After is null ? "deleted" : "changed";
        output.Write($"{lead}\n{{\"change\":\"{kind}\"{Side("before", change.Before)}{Side("after", change.After)}}}");
        lead = ",";
    }

    public void End() => output.WriteLine(
        $"{(lead == "," ? "\n" : lead)}],\"added\":{counts.Added},\"changed\":{counts.Changed},\"deleted\":{counts.Deleted}}}");

    private static string Side(string name, KeyValue? found) => found is null ? "" : $",\"{name}\":{GoJson.Of(Messages.Of(found))}";
}
