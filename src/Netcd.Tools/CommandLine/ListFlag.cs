namespace Netcd.Tools.CommandLine;

/// <summary>A flag with texts between commas; given again, it has those too.</summary>
internal sealed class ListFlag(string name, string usage, params string[] values) : CommandFlag(name, usage)
{
    private readonly string[] initial = values;

    public IReadOnlyList<string> Values { get; private set; } = values;

    public override string ValueName => "strings";

    public override string Assigned => "=[" + string.Join(',', initial) + "]";

    public override string ValueText => "[" + string.Join(',', Values) + "]";

    public override string? ShownDefault => initial.Length == 0 ? null : "[" + string.Join(',', initial) + "]";

    /// <summary>Takes other values in place of those that were given.</summary>
    public void Replace(IReadOnlyList<string> others) => Values = others;

    protected override string? Read(string text)
    {
        string[] read = text.Length == 0 ? [] : text.Split(',');
        Values = IsGiven ? [.. Values, .. read] : read;
        return null;
    }
}
