using System.Globalization;

namespace Netcd.Storage.Wal;

/// <summary>A segment's file name: its number in the sequence, and the index that its first entry had to have when it was begun.</summary>
internal readonly record struct SegmentName(ulong Sequence, ulong Index)
{
    private const string Suffix = ".wal";
    private const int HexDigits = 16;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence:x16}-{Index:x16}{Suffix}");

    public static bool TryParse(string name, out SegmentName parsed)
    {
        parsed = default;
        if (name.Length != (2 * HexDigits) + 1 + Suffix.Length || name[HexDigits] != '-' || !name.EndsWith(Suffix, StringComparison.Ordinal)
            || !TryHex(name.AsSpan(0, HexDigits), out ulong sequence) || !TryHex(name.AsSpan(HexDigits + 1, HexDigits), out ulong index))
        {
            return false;
        }

        parsed = new SegmentName(sequence, index);
        return true;
    }

    private static bool TryHex(ReadOnlySpan<char> digits, out ulong value) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
