using System.Globalization;
using System.Text;

namespace Netcd.Engine.Text;

/// <summary>Durations as Go writes them: 1h30m, 100ms, 1.5s, 250us.</summary>
public static class GoDuration
{
    private const decimal NanosecondsPerTick = 100;

    private static readonly (string Name, decimal Nanoseconds)[] Units =
    [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ];

    /// <summary>Reads a duration; it is rounded down to 100 ns, but not to nothing.</summary>
    /// <returns>Whether the text is a duration that a long of nanoseconds holds.</returns>
    public static bool TryParse(string text, out TimeSpan duration) => Read(text, out duration) is null;

    /// <summary>Reads a duration; it is rounded down to 100 ns, but not to nothing.</summary>
    /// <returns>What is wrong with the text, in Go's words, or null.</returns>
    public static string? Read(string text, out TimeSpan duration)
    {
        duration = default;
        ReadOnlySpan<char> rest = text;
        bool isNegative = rest.StartsWith("-");
        if (isNegative || rest.StartsWith("+"))
        {
            rest = rest[1..];
        }

        if (rest is "0")
        {
            return null;
        }

        if (rest.IsEmpty)
        {
            return Invalid(text);
        }

        decimal total = 0;
        while (!rest.IsEmpty)
        {
            if (TakePart(text, ref rest, out decimal nanoseconds) is { } fault)
            {
                return fault;
            }

            total += nanoseconds;
            if (total > long.MaxValue)
            {
                return Invalid(text);
            }
        }

        // Something is not nothing: where 0 is refused, or means that there is no limit, a nanosecond does not.
        long ticks = total > 0 ? Math.Max(1, (long)(total / NanosecondsPerTick)) : 0;
        duration = TimeSpan.FromTicks(isNegative ? -ticks : ticks);
        return null;
    }

    /// <summary>Writes a duration.</summary>
    public static string ToText(TimeSpan duration)
    {
        decimal ticks = Math.Abs((decimal)duration.Ticks);
        string sign = duration < TimeSpan.Zero ? "-" : "";
        (decimal number, string unit) = ticks switch
        {
            0 => (0, "s"),
            < TimeSpan.TicksPerMicrosecond => (ticks * NanosecondsPerTick, "ns"),
            < TimeSpan.TicksPerMillisecond => (ticks / TimeSpan.TicksPerMicrosecond, "µs"),
            < TimeSpan.TicksPerSecond => (ticks / TimeSpan.TicksPerMillisecond, "ms"),
            _ => (ticks % TimeSpan.TicksPerMinute / TimeSpan.TicksPerSecond, "s"),
        };
        decimal minutes = decimal.Floor(ticks / TimeSpan.TicksPerMinute);
        string before = minutes == 0 ? "" : minutes < 60 ? $"{minutes}m" : $"{decimal.Floor(minutes / 60)}h{minutes % 60}m";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{before}{number:0.#######}{unit}");
    }

    private static string? TakePart(string text, ref ReadOnlySpan<char> rest, out decimal nanoseconds)
    {
        nanoseconds = 0;
        int digits = Span(rest, static character => char.IsAsciiDigit(character) || character == '.');
        int unitLength = Span(rest[digits..], static character => !char.IsAsciiDigit(character) && character != '.');
        ReadOnlySpan<char> number = rest[..digits];
        ReadOnlySpan<char> unit = rest.Slice(digits, unitLength);
        rest = rest[(digits + unitLength)..];
        bool isNumber = decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value);
        if (!isNumber || number is ".")
        {
            return Invalid(text);
        }

        foreach ((string name, decimal factor) in Units)
        {
            if (unit.SequenceEqual(name))
            {
                bool fits = value <= long.MaxValue / factor;
                nanoseconds = fits ? value * factor : 0;
                return fits ? null : Invalid(text);
            }
        }

        return unit.IsEmpty
            ? $"time: missing unit in duration {Quote(text)}"
            : $"time: unknown unit {Quote(unit.ToString())} in duration {Quote(text)}";
    }

    private static string Invalid(string text) => "time: invalid duration " + Quote(text);

    /// <summary>As Go's package for times quotes: bytes beyond ASCII by their numbers.</summary>
    private static string Quote(string text) => '"' + string.Concat(Encoding.UTF8.GetBytes(text).Select(static value => (char)value switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        < ' ' or > '~' => $"\\x{value:x2}",
        var plain => plain.ToString(),
    })) + '"';

    private static int Span(ReadOnlySpan<char> text, Func<char, bool> belongs)
    {
        int length = 0;
        while (length < text.Length && belongs(text[length]))
        {
            length++;
        }

        return length;
    }
}
