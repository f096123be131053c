using Netcd.Engine.Text;

namespace Netcd.Tools.CommandLine;

/// <summary>A flag with a time as Go writes it.</summary>
internal sealed class DurationFlag(string name, string usage, TimeSpan value) : CommandFlag(name, usage)
{
    private readonly TimeSpan initial = value;

    public TimeSpan Value { get; private set; } = value;

    public override string ValueName => "duration";

    public override string Assigned => "=" + GoDuration.ToText(initial);

    public override string ValueText => GoDuration.ToText(Value);

    public override string? ShownDefault => GoDuration.ToText(initial);

    protected override string? Read(string text)
    {
        string? fault = GoDuration.Read(text, out TimeSpan read);
        Value = read;
        return fault;
    }
}
