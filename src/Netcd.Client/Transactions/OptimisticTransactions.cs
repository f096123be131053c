using Netcd.Client.Keys;

namespace Netcd.Client.Transactions;

/// <summary>Transactions that read, decide and write, without locks: they run again where others were quicker.</summary>
public static class OptimisticTransactions
{
    /// <summary>From so many attempts on there is a pause before the next: many want the same keys.</summary>
    private const int PatientAttempts = 3;

    private const int LongestPauseMs = 200;

    /// <summary>Runs a transaction until it is committed.</summary>
    /// <param name="keys">The store.</param>
    /// <param name="body">
    /// Reads and writes. It may run several times, and must do nothing that cannot be repeated. What it throws ends the transaction, and
    /// nothing is written.
    /// </param>
    /// <param name="options">How it runs; null for snapshot isolation.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="AmbiguousOutcomeException">Nobody knows whether it was committed.</exception>
    /// <exception cref="EtcdException">A call failed, and nothing was written.</exception>
    public static async Task<OptimisticResult> RunAsync(
        this IKeyValues keys, Func<OptimisticTransaction, Task> body, OptimisticOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        return await RunAsync(
            keys,
            async transaction =>
            {
                await body(transaction).ConfigureAwait(false);
                return true;
            },
            options,
            cancel).ConfigureAwait(false);
    }

    /// <summary>Runs a transaction until it is committed, and gives what it gives.</summary>
    /// <param name="keys">The store.</param>
    /// <param name="body">
    /// Reads and writes. It may run several times, and must do nothing that cannot be repeated. What it throws ends the transaction, and
    /// nothing is written.
    /// </param>
    /// <param name="options">How it runs; null for snapshot isolation.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="AmbiguousOutcomeException">Nobody knows whether it was committed.</exception>
    /// <exception cref="EtcdException">A call failed, and nothing was written.</exception>
    public static async Task<OptimisticResult<T>> RunAsync<T>(
        this IKeyValues keys,
        Func<OptimisticTransaction, Task<T>> body,
        OptimisticOptions? options = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(body);
        OptimisticTransaction transaction = new(keys, options ?? new OptimisticOptions(), cancel);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await transaction.BeginAsync().ConfigureAwait(false);
                T value = await body(transaction).ConfigureAwait(false);
                if (await transaction.CommitAsync().ConfigureAwait(false) is { } header)
                {
                    return new OptimisticResult<T>(header, attempt, value);
                }
            }
            catch (CompactedException)
            {
                // It took so long that its revision is gone: from the newest on.
                transaction.Forget();
            }

            if (attempt >= PatientAttempts)
            {
                int most = Math.Min(1 << Math.Min(attempt, 10), LongestPauseMs);
                await Task.Delay(Random.Shared.Next(most), cancel).ConfigureAwait(false);
            }
        }
    }
}
