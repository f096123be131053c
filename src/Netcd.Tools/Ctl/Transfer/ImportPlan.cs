using Netcd.Client;
using Netcd.Client.Keys;

namespace Netcd.Tools.Ctl.Transfer;

/// <summary>A key that an import is to change.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its new value; null where it is to be deleted.</param>
/// <param name="IsNew">Whether it does not exist yet.</param>
internal sealed record PlannedWrite(byte[] Key, byte[]? Value, bool IsNew)
{
    public Operation ToOperation() => Value is null ? Operation.Delete(Key) : Operation.Put(Key, Value);
}

/// <summary>What an import has to write: what the store does not have like that yet.</summary>
/// <param name="keys">The cluster's keys.</param>
/// <param name="perTransaction">How many operations a transaction may have.</param>
internal sealed class ImportPlan(IKeyValues keys, int perTransaction)
{
    /// <summary>Requests of 1.5 MiB are the largest that servers take unless they are told otherwise.</summary>
    private const int BytesPerTransaction = 1 << 20;

    private readonly List<PlannedWrite> writes = [];

    public IReadOnlyList<PlannedWrite> Writes => writes;

    /// <summary>How many keys have their value already.</summary>
    public int Equal { get; private set; }

    /// <summary>Plans the keys of an export.</summary>
    public async Task PutAsync(IReadOnlyList<ExportedKey> wanted)
    {
        // The values that are there are read to compare them, and are most often about as large.
        foreach (ExportedKey[] some in Fitting(wanted, static key => key.Key.Length + key.Value.Length))
        {
            Operation[] reads = [.. some.Select(static key => Operation.Read(key.Key))];
            TransactionResult found = await keys.CommitAsync(Transaction.Of(reads)).ConfigureAwait(false);
            foreach ((ExportedKey key, OperationResult result) in some.Zip(found.Results))
            {
                KeyValue? now = result.Range!.KeyValues is [KeyValue one] ? one : null;
                if (now is not null && now.Value.Span.SequenceEqual(key.Value))
                {
                    Equal++;
                }
                else
                {
                    writes.Add(new PlannedWrite(key.Key, key.Value, now is null));
                }
            }
        }
    }

    /// <summary>Plans that keys of a range go which the export does not have.</summary>
    /// <param name="range">The range.</param>
    /// <param name="kept">The keys that stay, in their order.</param>
    public async Task PruneAsync(KeyRange range, IReadOnlyList<ExportedKey> kept)
    {
        int at = 0;
        await foreach (KeyValue found in keys.ScanAsync(range, new ScanOptions { KeysOnly = true }).ConfigureAwait(false))
        {
            while (at < kept.Count && kept[at].Key.AsSpan().SequenceCompareTo(found.Key.Span) < 0)
            {
                at++;
            }

            if (at == kept.Count || !found.Key.Span.SequenceEqual(kept[at].Key))
            {
                writes.Add(new PlannedWrite(found.Key.ToArray(), null, IsNew: false));
            }
        }
    }

    /// <summary>The writes as they fit into transactions.</summary>
    public IEnumerable<PlannedWrite[]> Transactions() => Fitting(writes, static write => write.Key.Length + (write.Value?.Length ?? 0));

    /// <summary>Parts that a transaction may have: so many operations, so many bytes.</summary>
    private IEnumerable<T[]> Fitting<T>(IEnumerable<T> all, Func<T, int> sizeOf)
    {
        List<T> some = [];
        int bytes = 0;
        foreach (T one in all)
        {
            int size = sizeOf(one);
            if (some.Count == perTransaction || (some.Count > 0 && bytes + size > BytesPerTransaction))
            {
                yield return [.. some];
                some.Clear();
                bytes = 0;
            }

            some.Add(one);
            bytes += size;
        }

        if (some.Count > 0)
        {
            yield return [.. some];
        }
    }
}
