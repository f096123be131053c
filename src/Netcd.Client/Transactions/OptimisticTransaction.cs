using System.Text;
using Netcd.Client.Keys;

namespace Netcd.Client.Transactions;

/// <summary>
/// The store as a transaction sees it: what it reads is noted, what it writes is kept until the end, and seen by its own reads. One task
/// uses it at a time.
/// </summary>
public sealed class OptimisticTransaction
{
    private readonly IKeyValues keys;
    private readonly OptimisticOptions options;
    private readonly CancellationToken cancel;
    private readonly Dictionary<KeyRange, KeyValue?> reads = [];
    private readonly Dictionary<KeyRange, Write> writes = [];
    private Dictionary<KeyRange, KeyValue?> known = [];
    private long revision;

    internal OptimisticTransaction(IKeyValues keys, OptimisticOptions options, CancellationToken cancel)
    {
        this.keys = keys;
        this.options = options;
        this.cancel = cancel;
    }

    private bool IsSnapshot => options.Isolation is Isolation.SerializableSnapshot or Isolation.Serializable;

    /// <summary>Reads a key's value; null if there is no such key.</summary>
    /// <param name="key">The key.</param>
    public async Task<ReadOnlyMemory<byte>?> GetAsync(KeyRange key)
    {
        CheckSingle(key);
        return writes.TryGetValue(key, out Write written) ? written.Value : (await ReadAsync(key).ConfigureAwait(false))?.Value;
    }

    /// <summary>Reads a key's value as UTF-8; null if there is no such key.</summary>
    /// <param name="key">The key.</param>
    public async Task<string?> GetTextAsync(KeyRange key) =>
        await GetAsync(key).ConfigureAwait(false) is { } value ? Encoding.UTF8.GetString(value.Span) : null;

    /// <summary>The revision at which a key was last changed, by others than this transaction; 0 if there is no such key.</summary>
    /// <param name="key">The key.</param>
    public async Task<long> ModRevisionAsync(KeyRange key)
    {
        CheckSingle(key);
        return (await ReadAsync(key).ConfigureAwait(false))?.ModRevision ?? 0;
    }

    /// <summary>Gives a key a value when the transaction is committed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="lease">The lease that it hangs on, or 0.</param>
    public void Put(KeyRange key, ReadOnlyMemory<byte> value, long lease = 0)
    {
        CheckSingle(key);
        writes[key] = new Write(value, lease);
    }

    /// <summary>Gives a key a value when the transaction is committed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, as UTF-8.</param>
    /// <param name="lease">The lease that it hangs on, or 0.</param>
    public void Put(KeyRange key, string value, long lease = 0) => Put(key, Encoding.UTF8.GetBytes(value), lease);

    /// <summary>Deletes a key when the transaction is committed.</summary>
    /// <param name="key">The key.</param>
    public void Delete(KeyRange key)
    {
        CheckSingle(key);
        writes[key] = new Write(null, 0);
    }

    /// <summary>Begins an attempt.</summary>
    internal async Task BeginAsync()
    {
        reads.Clear();
        writes.Clear();
        KeyRange[] unknown = [.. options.Prefetch.Where(key => !known.ContainsKey(key)).Distinct()];
        if (unknown.Length > 0)
        {
            Array.ForEach(unknown, CheckSingle);
            Transaction reading = Transaction.Of([.. unknown.Select(Read)]);
            TransactionResult result = await keys.CommitAsync(reading, null, cancel).ConfigureAwait(false);
            Know(unknown, result);
        }
    }

    /// <summary>Ends an attempt. Gives the header; null where others were quicker: what was read is known anew then.</summary>
    internal async Task<EtcdHeader?> CommitAsync()
    {
        KeyRange[] read = [.. reads.Keys];
        Operation[] changes = [.. writes.Select(static write => write.Value.ToOperation(write.Key))];
        Transaction transaction = Transaction.If([.. Conditions()]).Then(changes);
        if (IsSnapshot)
        {
            // As of now, and no more as of the revision of this attempt.
            transaction = transaction.Else([.. read.Select(static key => Operation.Read(key))]);
        }

        TransactionResult result = await keys.CommitAsync(transaction, null, cancel).ConfigureAwait(false);
        if (result.Succeeded)
        {
            return result.Header;
        }

        Forget();
        if (IsSnapshot)
        {
            Know(read, result);
        }

        return null;
    }

    /// <summary>What was read is of no use any more.</summary>
    internal void Forget()
    {
        known = [];
        revision = 0;
    }

    private static void CheckSingle(KeyRange key)
    {
        if (!key.IsSingle)
        {
            throw new ArgumentException("a transaction reads and writes single keys, not ranges", nameof(key));
        }
    }

    private async Task<KeyValue?> ReadAsync(KeyRange key)
    {
        if (!reads.TryGetValue(key, out KeyValue? read))
        {
            if (!known.TryGetValue(key, out read))
            {
                GetOptions how = new() { Revision = revision, Serializable = !IsSnapshot || revision != 0 };
                GetResult result = await keys.GetAsync(key.Start, how, cancel).ConfigureAwait(false);
                read = result.KeyValue;
                revision = IsSnapshot && revision == 0 ? result.Header.Revision : revision;
            }

            reads.Add(key, read);
        }

        return read;
    }

    private Operation Read(KeyRange key) => Operation.Read(key, new RangeOptions { Revision = revision });

    /// <summary>Notes what was read of keys with one call, so at one revision, which is the one of the attempt.</summary>
    private void Know(KeyRange[] asked, TransactionResult result)
    {
        for (int n = 0; n < asked.Length; n++)
        {
            known[asked[n]] = result.Results[n].Range!.KeyValues is [KeyValue found] ? found : null;
        }

        revision = IsSnapshot && revision == 0 ? result.Header.Revision : revision;
    }

    private IEnumerable<Condition> Conditions()
    {
        if (options.Isolation == Isolation.ReadCommitted)
        {
            return [];
        }

        IEnumerable<Condition> unchanged = reads.Select(static read =>
            Condition.ModRevision(read.Key, Comparison.Equal, read.Value?.ModRevision ?? 0));
        return options.Isolation != Isolation.SerializableSnapshot || reads.Count == 0
            ? unchanged
            : unchanged.Concat(writes.Keys.Where(key => !reads.ContainsKey(key)).Select(key =>
                Condition.ModRevision(key, Comparison.Less, revision + 1)));
    }

    private readonly record struct Write(ReadOnlyMemory<byte>? Value, long Lease)
    {
        public Operation ToOperation(KeyRange key) => Value is { } value
            ? Operation.Put(key.Start, value, new PutOptions { Lease = Lease })
            : Operation.Delete(key);
    }
}
