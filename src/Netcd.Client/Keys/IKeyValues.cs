using System.Text;

namespace Netcd.Client.Keys;

/// <summary>
/// Keys and values. Texts are UTF-8. All calls throw <see cref="EtcdException"/> and those derived from it, reads
/// <see cref="CompactedException"/> where their revision is compacted, and writes <see cref="AmbiguousOutcomeException"/> where nobody
/// knows whether they have happened. Whoever gives up on a write by its token does not know it either.
/// </summary>
public interface IKeyValues
{
    /// <summary>Reads a key.</summary>
    /// <param name="key">The key; not empty.</param>
    /// <param name="options">At which revision, and how; null for the newest, linearizable.</param>
    /// <param name="cancel">Gives up.</param>
    Task<GetResult> GetAsync(ReadOnlyMemory<byte> key, GetOptions? options = null, CancellationToken cancel = default);

    /// <inheritdoc cref="GetAsync(ReadOnlyMemory{byte}, GetOptions?, CancellationToken)"/>
    Task<GetResult> GetAsync(string key, GetOptions? options = null, CancellationToken cancel = default) =>
        GetAsync(Encoding.UTF8.GetBytes(key), options, cancel);

    /// <summary>Reads the keys of a range in one answer.</summary>
    /// <param name="range">Which keys.</param>
    /// <param name="options">Which of them, in which order, at which revision; null for all, in their order, the newest.</param>
    /// <param name="cancel">Gives up.</param>
    Task<RangeResult> RangeAsync(KeyRange range, RangeOptions? options = null, CancellationToken cancel = default);

    /// <summary>Reads the keys of a range page by page, all at one revision: that of the first page.</summary>
    /// <param name="range">Which keys.</param>
    /// <param name="options">How many a page, at which revision.</param>
    /// <param name="cancel">Gives up.</param>
    IAsyncEnumerable<RangeResult> PagesAsync(KeyRange range, ScanOptions? options = null, CancellationToken cancel = default);

    /// <summary>
    /// Reads the keys of a range one by one, all at one revision, over a stream where the server has that and by pages where not. After a
    /// lost connection it goes on at another member.
    /// </summary>
    /// <param name="range">Which keys.</param>
    /// <param name="options">At which revision.</param>
    /// <param name="cancel">Gives up.</param>
    IAsyncEnumerable<KeyValue> ScanAsync(KeyRange range, ScanOptions? options = null, CancellationToken cancel = default);

    /// <summary>Gives a key a value.</summary>
    /// <param name="key">The key; not empty.</param>
    /// <param name="value">The value. It must not be changed before the call has ended.</param>
    /// <param name="options">A lease, and what is kept; null for a plain put.</param>
    /// <param name="cancel">Gives up.</param>
    Task<PutResult> PutAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options = null, CancellationToken cancel = default);

    /// <inheritdoc cref="PutAsync(ReadOnlyMemory{byte}, ReadOnlyMemory{byte}, PutOptions?, CancellationToken)"/>
    Task<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, PutOptions? options = null, CancellationToken cancel = default) =>
        PutAsync(Encoding.UTF8.GetBytes(key), value, options, cancel);

    /// <inheritdoc cref="PutAsync(ReadOnlyMemory{byte}, ReadOnlyMemory{byte}, PutOptions?, CancellationToken)"/>
    Task<PutResult> PutAsync(string key, string value, PutOptions? options = null, CancellationToken cancel = default) =>
        PutAsync(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), options, cancel);

    /// <summary>Deletes a key, or all keys of a range.</summary>
    /// <param name="range">Which keys.</param>
    /// <param name="options">Whether the keys as they were are wanted.</param>
    /// <param name="cancel">Gives up.</param>
    Task<DeleteResult> DeleteAsync(KeyRange range, DeleteOptions? options = null, CancellationToken cancel = default);

    /// <summary>Drops the history before a revision.</summary>
    /// <param name="revision">The oldest revision that can still be read afterwards.</param>
    /// <param name="physical">Waits until it is gone from the database file too.</param>
    /// <param name="cancel">Gives up.</param>
    Task<EtcdHeader> CompactAsync(long revision, bool physical = false, CancellationToken cancel = default);

    /// <summary>Carries out a transaction: all of one branch, or of the other, at one revision.</summary>
    /// <param name="transaction">Conditions and branches.</param>
    /// <param name="timeout">The time for all attempts, or null for <see cref="EtcdClientOptions.CallTimeout"/>.</param>
    /// <param name="cancel">Gives up.</param>
    Task<TransactionResult> CommitAsync(Transaction transaction, TimeSpan? timeout = null, CancellationToken cancel = default);
}
