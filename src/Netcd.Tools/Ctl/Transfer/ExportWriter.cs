using System.Globalization;
using Netcd.Client;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Transfer;

/// <summary>Writes an export, a key at a time. Its last part says how many there were: what was cut off is seen to be.</summary>
internal abstract class ExportWriter
{
    private long count;

    public abstract void Begin(long revision, string prefix);

    /// <summary>Writes a key.</summary>
    public void Add(KeyValue found)
    {
        List<(string Name, string Value)> parts = [Bytes(ExportNames.Key, found.Key), Bytes(ExportNames.Value, found.Value)];
        if (found.Lease != 0)
        {
            parts.Add((ExportNames.Lease, DocumentText.Quote(found.Lease.ToString("x16", CultureInfo.InvariantCulture))));
        }

        Add(parts, isFirst: count++ == 0);
    }

    /// <summary>Ends it.</summary>
    /// <returns>How many keys it holds.</returns>
    public long End()
    {
        End(count);
        return count;
    }

    protected abstract void Add(List<(string Name, string Value)> parts, bool isFirst);

    protected abstract void End(long keys);

    private static (string Name, string Value) Bytes(string name, ReadOnlyMemory<byte> bytes) =>
        DocumentText.TryRead(bytes.Span) is { } text
            ? (name, DocumentText.Quote(text))
            : (name + ExportNames.Base64, DocumentText.Quote(Convert.ToBase64String(bytes.Span)));
}

/// <summary>JSON with a line a key.</summary>
internal sealed class JsonExport(TextWriter output) : ExportWriter
{
    public override void Begin(long revision, string prefix) => output.Write(
        $"{{\n\"{ExportNames.Format}\": \"{ExportFile.Format}\",\n\"{ExportNames.Revision}\": {revision},\n"
        + $"\"{ExportNames.Prefix}\": {DocumentText.Quote(prefix)},\n\"{ExportNames.Keys}\": [");

    protected override void Add(List<(string Name, string Value)> parts, bool isFirst)
    {
        IEnumerable<string> members = parts.Select(static part => $"\"{part.Name}\": {part.Value}");
        output.Write($"{(isFirst ? "" : ",")}\n{{{string.Join(", ", members)}}}");
    }

    protected override void End(long keys) => output.Write($"\n],\n\"{ExportNames.Count}\": {keys}\n}}\n");
}

/// <summary>YAML with a line a value.</summary>
internal sealed class YamlExport(TextWriter output) : ExportWriter
{
    private bool hasKeys;

    public override void Begin(long revision, string prefix) => output.Write(
        $"{ExportNames.Format}: {ExportFile.Format}\n{ExportNames.Revision}: {revision}\n"
        + $"{ExportNames.Prefix}: {DocumentText.Quote(prefix)}\n{ExportNames.Keys}:");

    protected override void Add(List<(string Name, string Value)> parts, bool isFirst)
    {
        hasKeys = true;
        string lines = string.Join("\n  ", parts.Select(static part => $"{part.Name}: {part.Value}"));
        output.Write($"\n- {lines}");
    }

    protected override void End(long keys) => output.Write($"{(hasKeys ? "" : " []")}\n{ExportNames.Count}: {keys}\n");
}
