using System.Text;

namespace Netcd.Client;

/// <summary>A key as the store has it at a revision.</summary>
/// <param name="key">The key.</param>
/// <param name="value">The value; empty where it was not asked for.</param>
/// <param name="createRevision">The revision at which the key came into being.</param>
/// <param name="modRevision">The revision of its last change.</param>
/// <param name="version">How often it was put since it came into being.</param>
/// <param name="lease">The id of the lease that it hangs on, or 0.</param>
public sealed class KeyValue(
    ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, long createRevision, long modRevision, long version, long lease)
{
    /// <summary>The key.</summary>
    public ReadOnlyMemory<byte> Key { get; } = key;

    /// <summary>The value; empty where it was not asked for.</summary>
    public ReadOnlyMemory<byte> Value { get; } = value;

    /// <summary>The revision at which the key came into being. It is the fencing token of a lock's key.</summary>
    public long CreateRevision { get; } = createRevision;

    /// <summary>The revision of its last change.</summary>
    public long ModRevision { get; } = modRevision;

    /// <summary>How often it was put since it came into being: 1 for a new key, 0 for one that was deleted.</summary>
    public long Version { get; } = version;

    /// <summary>The id of the lease that it hangs on, or 0.</summary>
    public long Lease { get; } = lease;

    /// <summary>The key as UTF-8 text. It is decoded at each call.</summary>
    public string KeyText => Encoding.UTF8.GetString(Key.Span);

    /// <summary>The value as UTF-8 text. It is decoded at each call.</summary>
    public string ValueText => Encoding.UTF8.GetString(Value.Span);

    /// <inheritdoc/>
    public override string ToString() => $"{KeyText} = {ValueText} (revision {ModRevision})";
}
