namespace Netcd.Client.Keys;

/// <summary>Writes of a key on a condition: compare and set. A failed condition is a result, no exception.</summary>
public static class ConditionalWrites
{
    /// <summary>Puts a key that does not exist.</summary>
    /// <param name="keys">The store.</param>
    /// <param name="key">The key, as text or bytes.</param>
    /// <param name="value">The value.</param>
    /// <param name="options">A lease.</param>
    /// <param name="cancel">Gives up.</param>
    public static Task<ConditionalResult> CreateIfAbsentAsync(
        this IKeyValues keys, KeyRange key, ReadOnlyMemory<byte> value, PutOptions? options = null, CancellationToken cancel = default) =>
        WriteAsync(keys, key, Condition.IsAbsent(key), Operation.Put(key.Start, value, options), options?.Timeout, cancel);

    /// <summary>Puts a key that has not been changed since a revision.</summary>
    /// <param name="keys">The store.</param>
    /// <param name="key">The key, as text or bytes.</param>
    /// <param name="modRevision">The <see cref="KeyValue.ModRevision"/> that it must have; 0 if it must not exist.</param>
    /// <param name="value">The value.</param>
    /// <param name="options">A lease.</param>
    /// <param name="cancel">Gives up.</param>
    public static Task<ConditionalResult> ReplaceIfRevisionAsync(
        this IKeyValues keys,
        KeyRange key,
        long modRevision,
        ReadOnlyMemory<byte> value,
        PutOptions? options = null,
        CancellationToken cancel = default) =>
        WriteAsync(
            keys,
            key,
            Condition.ModRevision(key, Comparison.Equal, modRevision),
            Operation.Put(key.Start, value, options),
            options?.Timeout,
            cancel);

    /// <summary>Deletes a key that has not been changed since a revision.</summary>
    /// <param name="keys">The store.</param>
    /// <param name="key">The key, as text or bytes.</param>
    /// <param name="modRevision">The <see cref="KeyValue.ModRevision"/> that it must have.</param>
    /// <param name="timeout">The time for all attempts, or null for <see cref="EtcdClientOptions.CallTimeout"/>.</param>
    /// <param name="cancel">Gives up.</param>
    public static Task<ConditionalResult> DeleteIfRevisionAsync(
        this IKeyValues keys, KeyRange key, long modRevision, TimeSpan? timeout = null, CancellationToken cancel = default) =>
        WriteAsync(keys, key, Condition.ModRevision(key, Comparison.Equal, modRevision), Operation.Delete(key), timeout, cancel);

    private static async Task<ConditionalResult> WriteAsync(
        IKeyValues keys, KeyRange key, Condition condition, Operation write, TimeSpan? timeout, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (!key.IsSingle)
        {
            throw new ArgumentException("a conditional write is of one key, not of a range", nameof(key));
        }

        Transaction transaction = Transaction.If(condition).Then(write).Else(Operation.Read(key));
        TransactionResult result = await keys.CommitAsync(transaction, timeout, cancel).ConfigureAwait(false);
        KeyValue? current = !result.Succeeded && result.Results[0].Range!.KeyValues is [KeyValue found] ? found : null;
        return new ConditionalResult(result.Header, result.Succeeded, current);
    }
}
