using System.Globalization;
using Netcd.Engine.Text;

namespace Netcd.Tools.CommandLine;

/// <summary>A flag with a whole number of 64 bits that is not negative.</summary>
internal sealed class UnsignedFlag(string name, string usage, ulong value = 0) : CommandFlag(name, usage)
{
    private readonly ulong initial = value;

    public ulong Value { get; private set; } = value;

    public override string ValueName => "uint";

    public override string Assigned => "=" + initial.ToString(CultureInfo.InvariantCulture);

    public override string ValueText => Value.ToString(CultureInfo.InvariantCulture);

    public override string? ShownDefault => initial == 0 ? null : initial.ToString(CultureInfo.InvariantCulture);

    protected override string? Read(string text)
    {
        string? fault = GoNumber.TryReadUnsigned(text, out ulong read);
        Value = read;
        return GoText.NumberFault("ParseUint", text, fault);
    }
}
