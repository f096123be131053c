using System.Globalization;
using System.Text;
using Netcd.Client;

namespace Netcd.Tools.Ctl.Loading;

/// <summary>What load is made.</summary>
/// <param name="Kind">The kind of calls.</param>
/// <param name="Clients">How many callers there are, each with one call under way.</param>
/// <param name="Connections">How many connections they share.</param>
/// <param name="Total">How many calls are made at most; null for any number.</param>
/// <param name="Duration">How long calls are made at most.</param>
/// <param name="Rate">Calls a second of all together; 0 where each makes its next when its last was answered.</param>
/// <param name="Keys">Which keys.</param>
/// <param name="ValueBytes">How long values are.</param>
/// <param name="IsSerializable">Whether reads take what the member has.</param>
internal sealed record LoadSettings(
    LoadKind Kind,
    int Clients,
    int Connections,
    long? Total,
    TimeSpan Duration,
    long Rate,
    LoadKeys Keys,
    int ValueBytes,
    bool IsSerializable)
{
    /// <summary>A value that does not compress.</summary>
    public byte[] Value(Random random)
    {
        byte[] value = new byte[ValueBytes];
        random.NextBytes(value);
        return value;
    }
}

/// <summary>The kinds of calls.</summary>
internal enum LoadKind
{
    /// <summary>Writes.</summary>
    Put,

    /// <summary>Reads.</summary>
    Get,

    /// <summary>A write for three reads.</summary>
    Mixed,

    /// <summary>Transactions: a condition, a write and a read.</summary>
    Txn,

    /// <summary>Writes that watches are told of.</summary>
    Watch,
}

/// <summary>Numbered keys of one length below a prefix, so that they sort as they count.</summary>
internal sealed class LoadKeys(string prefix, int length, int count)
{
    public string Prefix { get; } = prefix;

    public int Length { get; } = length;

    public int Count { get; } = count;

    public KeyRange All => KeyRange.Prefix(Prefix);

    /// <summary>The length that keys have at least.</summary>
    public static int LeastLength(string prefix, int count) =>
        Encoding.UTF8.GetByteCount(prefix) + (count - 1).ToString(CultureInfo.InvariantCulture).Length;

    public byte[] Key(int number)
    {
        int digits = Length - Encoding.UTF8.GetByteCount(Prefix);
        return Encoding.UTF8.GetBytes(Prefix + number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0'));
    }

    public byte[] Any(Random random) => Key(random.Next(Count));
}
