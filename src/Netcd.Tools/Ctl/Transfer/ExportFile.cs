namespace Netcd.Tools.Ctl.Transfer;

/// <summary>What an export holds.</summary>
/// <param name="Revision">The revision that it was made of; 0 where it does not say.</param>
/// <param name="Prefix">What all of its keys begin with; null where it does not say.</param>
/// <param name="Keys">The keys, in their order.</param>
/// <param name="IsWhole">Whether it says at its end how many keys it holds.</param>
internal sealed record ExportFile(long Revision, byte[]? Prefix, IReadOnlyList<ExportedKey> Keys, bool IsWhole)
{
    /// <summary>What it says of itself.</summary>
    public const string Format = "netcd-export/1";
}

/// <summary>A key of an export.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="HasLease">Whether it hung on a lease.</param>
internal sealed record ExportedKey(byte[] Key, byte[] Value, bool HasLease);

/// <summary>The names of an export's parts.</summary>
internal static class ExportNames
{
    public const string Format = "format";
    public const string Revision = "revision";
    public const string Prefix = "prefix";
    public const string Keys = "keys";
    public const string Count = "count";
    public const string Key = "key";
    public const string Value = "value";
    public const string Lease = "lease";

    /// <summary>What stands behind the name of bytes that are no text.</summary>
    public const string Base64 = "Base64";
}
