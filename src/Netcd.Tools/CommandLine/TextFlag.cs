namespace Netcd.Tools.CommandLine;

/// <summary>A flag with a text.</summary>
internal sealed class TextFlag(string name, string usage, string value = "") : CommandFlag(name, usage)
{
    private readonly string initial = value;

    public string Value { get; private set; } = value;

    public override string ValueName => "string";

    public override string Assigned => "=" + GoText.Quote(initial);

    public override string ValueText => Value;

    public override string? ShownDefault => initial.Length == 0 ? null : GoText.Quote(initial);

    protected override string? Read(string text)
    {
        Value = text;
        return null;
    }
}
