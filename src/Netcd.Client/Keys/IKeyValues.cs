using System.Text;

namespace Netcd.Client.Keys;

/// <summary>Keys and values. Texts are UTF-8.</summary>
public interface IKeyValues
{
    /// <summary>Reads a key.</summary>
    /// <param name="key">The key; not empty.</param>
    /// <param name="options">At which revision, and how; null for the newest, linearizable.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="CompactedException">The revision is compacted.</exception>
    /// <exception cref="EtcdException">The call failed.</exception>
    Task<GetResult> GetAsync(ReadOnlyMemory<byte> key, GetOptions? options = null, CancellationToken cancel = default);

    /// <inheritdoc cref="GetAsync(ReadOnlyMemory{byte}, GetOptions?, CancellationToken)"/>
    Task<GetResult> GetAsync(string key, GetOptions? options = null, CancellationToken cancel = default) =>
        GetAsync(Encoding.UTF8.GetBytes(key), options, cancel);

    /// <summary>Gives a key a value.</summary>
    /// <param name="key">The key; not empty.</param>
    /// <param name="value">The value. It must not be changed before the call has ended.</param>
    /// <param name="options">A lease, and what is kept; null for a plain put.</param>
    /// <param name="cancel">Gives up; nobody knows then whether the put has happened.</param>
    /// <exception cref="AmbiguousOutcomeException">Nobody knows whether the put has happened.</exception>
    /// <exception cref="EtcdException">The call failed, and nothing has changed.</exception>
    Task<PutResult> PutAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options = null, CancellationToken cancel = default);

    /// <inheritdoc cref="PutAsync(ReadOnlyMemory{byte}, ReadOnlyMemory{byte}, PutOptions?, CancellationToken)"/>
    Task<PutResult> PutAsync(string key, string value, PutOptions? options = null, CancellationToken cancel = default) =>
        PutAsync(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), options, cancel);
}
