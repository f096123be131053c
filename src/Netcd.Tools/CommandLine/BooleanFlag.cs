namespace Netcd.Tools.CommandLine;

/// <summary>A flag that is on or off; a value stands behind an equals sign or not at all.</summary>
internal sealed class BooleanFlag(string name, string usage, bool value = false) : CommandFlag(name, usage)
{
    private readonly bool initial = value;

    public bool Value { get; private set; } = value;

    public override string ValueName => "";

    public override string Assigned => initial ? "[=true]" : "[=false]";

    public override string ValueText => Value ? "true" : "false";

    public override string? ShownDefault => initial ? "true" : null;

    public override string? ImpliedValue => "true";

    protected override string? Read(string text)
    {
        Value = text is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return Value || text is "0" or "f" or "F" or "false" or "FALSE" or "False"
            ? null
            : $"strconv.ParseBool: parsing {GoText.Quote(text)}: invalid syntax";
    }
}
