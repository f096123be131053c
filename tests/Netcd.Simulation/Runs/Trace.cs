using System.Globalization;
using System.Runtime.CompilerServices;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Runs;

/// <summary>
/// What happened, as text for a person who replays a seed, and always as a running hash: two runs of a seed are the same run
/// exactly when their hashes are.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="output">Where the text goes; null for none.</param>
internal sealed class Trace(VirtualTime time, TextWriter? output)
{
    private const ulong Prime = 0x9E3779B97F4A7C15;

    /// <summary>The hash of all that has happened so far.</summary>
    public ulong Hash { get; private set; } = 1;

    /// <summary>Whether somebody reads the text.</summary>
    public bool IsOn => output is not null;

    /// <summary>Notes numbers that describe what happened.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Mix(ulong first, ulong second, ulong third)
    {
        ulong mixed = (Hash ^ (ulong)time.Now) * Prime;
        mixed = (mixed ^ (mixed >> 29) ^ first) * Prime;
        mixed = (mixed ^ (mixed >> 31) ^ second) * Prime;
        mixed = (mixed ^ (mixed >> 30) ^ third) * Prime;
        Hash = mixed ^ (mixed >> 32);
    }

    /// <summary>Tells it to the reader; the text is made only where there is one.</summary>
    public void Line(string who, [InterpolatedStringHandlerArgument("")] ref TraceText text)
    {
        if (output is not null)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.Now / 1e6,11:F6}  {who,-9} {text.ToString()}"));
        }
    }

    /// <summary>Tells a fault: part of the hash too.</summary>
    public void Fault(string text)
    {
        foreach (char letter in text)
        {
            Mix(letter, 0, 0);
        }

        Line("FAULT", $"{text}");
    }
}

/// <summary>Text that is put together only where somebody reads it.</summary>
[InterpolatedStringHandler]
internal ref struct TraceText
{
    private DefaultInterpolatedStringHandler text;
    private readonly bool isOn;

    public TraceText(int literalLength, int formattedCount, Trace trace, out bool isOn)
    {
        this.isOn = isOn = trace.IsOn;
        text = isOn ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    public void AppendLiteral(string value) => text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string format) => text.AppendFormatted(value, format);

    public override string ToString() => isOn ? text.ToStringAndClear() : "";
}
