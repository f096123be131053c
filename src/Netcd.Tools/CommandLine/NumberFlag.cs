using System.Globalization;
using Netcd.Engine.Text;

namespace Netcd.Tools.CommandLine;

/// <summary>A flag with a whole number of 64 bits.</summary>
internal sealed class NumberFlag(string name, string usage, long value = 0) : CommandFlag(name, usage)
{
    private readonly long initial = value;

    public long Value { get; private set; } = value;

    public override string ValueName => "int";

    public override string Assigned => "=" + initial.ToString(CultureInfo.InvariantCulture);

    public override string ValueText => Value.ToString(CultureInfo.InvariantCulture);

    public override string? ShownDefault => initial == 0 ? null : initial.ToString(CultureInfo.InvariantCulture);

    protected override string? Read(string text)
    {
        string? fault = GoNumber.TryReadSigned(text, out long read);
        Value = read;
        return GoText.NumberFault("ParseInt", text, fault);
    }
}
