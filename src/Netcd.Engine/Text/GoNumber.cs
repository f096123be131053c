using System.Globalization;

namespace Netcd.Engine.Text;

/// <summary>Whole numbers as Go's flags read them: a sign, a base by prefix (0x, 0o, 0b, 0), underscores between digits.</summary>
public static class GoNumber
{
    /// <summary>Not a number at all.</summary>
    public const string SyntaxError = "parse error";

    /// <summary>A number that does not fit.</summary>
    public const string RangeError = "value out of range";

    /// <summary>Reads a number of 64 bits that is not negative.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    public static string? TryReadUnsigned(string text, out ulong value)
    {
        value = 0;
        return Digits(text, out int radix) is { } digits ? Read(digits, radix, out value) : SyntaxError;
    }

    /// <summary>Reads a number of 64 bits that is not negative, in one base: without prefix and underscores.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    public static string? TryReadUnsigned(string text, int radix, out ulong value)
    {
        value = 0;
        return text.Length > 0 ? Read(text, radix, out value) : SyntaxError;
    }

    /// <summary>Reads a number of 64 bits.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    public static string? TryReadSigned(string text, out long value) =>
        Signed(text, TryReadUnsigned(Unsigned(text), out ulong magnitude), magnitude, out value);

    /// <summary>Reads a number of 64 bits in one base: without prefix and underscores.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    public static string? TryReadSigned(string text, int radix, out long value) =>
        Signed(text, TryReadUnsigned(Unsigned(text), radix, out ulong magnitude), magnitude, out value);

    /// <summary>Reads a number of 32 bits that is not negative, in decimal only.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    public static string? TryReadUnsigned32(string text, out uint value)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value))
        {
            return null;
        }

        string reason = text.Length > 0 && text.All(char.IsAsciiDigit) ? RangeError : "invalid syntax";
        return $"strconv.ParseUint: parsing \"{text}\": {reason}";
    }

    private static string Unsigned(string text) => text.StartsWith('-') || text.StartsWith('+') ? text[1..] : text;

    private static string? Signed(string text, string? error, ulong magnitude, out long value)
    {
        bool isNegative = text.StartsWith('-');
        value = 0;
        if (error is not null || magnitude > long.MaxValue + (isNegative ? 1UL : 0))
        {
            return error ?? RangeError;
        }

        value = isNegative ? unchecked(-(long)magnitude) : (long)magnitude;
        return null;
    }

    private static string? Read(string digits, int radix, out ulong value)
    {
        value = 0;
        foreach (char digit in digits)
        {
            int number = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : int.MaxValue;
            if (number >= radix)
            {
                return SyntaxError;
            }

            UInt128 next = ((UInt128)value * (uint)radix) + (uint)number;
            if (next > ulong.MaxValue)
            {
                return digits.All(char.IsAsciiHexDigit) ? RangeError : SyntaxError;
            }

            value = (ulong)next;
        }

        return null;
    }

    /// <summary>The digits without prefix and underscores; null where there are none or an underscore stands wrong.</summary>
    private static string? Digits(string text, out int radix)
    {
        string digits = text;
        radix = 10;
        if (text.Length > 1 && text[0] == '0')
        {
            (radix, int prefix) = char.ToLowerInvariant(text[1]) switch
            {
                'x' => (16, 2),
                'o' => (8, 2),
                'b' => (2, 2),
                _ => (8, 1),
            };
            digits = text[prefix..].TrimStart('_');
        }

        bool isWrong = digits.Length == 0 || digits.StartsWith('_') || digits.EndsWith('_')
            || digits.Contains("__", StringComparison.Ordinal);
        return isWrong ? null : digits.Replace("_", "", StringComparison.Ordinal);
    }
}
