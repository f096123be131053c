using Netcd.Client;
using Netcd.Client.Keys;

namespace Netcd.Tools.Ctl.Loading;

/// <summary>The calls of a load, and its keys before and after.</summary>
internal sealed class LoadCalls(LoadSettings settings)
{
    private const int KeysAtOnce = 100;
    private const int BytesAtOnce = 1 << 20;
    private const int DeletedAtOnce = 5000;

    /// <summary>Makes a call.</summary>
    public Task CallAsync(IKeyValues keys, Random random, CancellationToken cancel) => settings.Kind switch
    {
        LoadKind.Get => GetAsync(keys, random, cancel),
        LoadKind.Mixed when random.Next(4) != 0 => GetAsync(keys, random, cancel),
        LoadKind.Txn => TransactAsync(keys, random, cancel),
        _ => keys.PutAsync(settings.Keys.Any(random), settings.Value(random), null, cancel),
    };

    /// <summary>Puts all keys, so that there is something to read.</summary>
    public async Task FillAsync(IKeyValues keys, CancellationToken cancel)
    {
        Random random = new(0);
        int atOnce = Math.Clamp(BytesAtOnce / (settings.ValueBytes + settings.Keys.Length), 1, KeysAtOnce);
        foreach (int[] some in Enumerable.Range(0, settings.Keys.Count).Chunk(atOnce))
        {
            Operation[] puts = [.. some.Select(number => Operation.Put(settings.Keys.Key(number), settings.Value(random)))];
            await keys.CommitAsync(Transaction.Of(puts), null, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes all keys, some at a time: a deletion of a million would hold up everybody else.</summary>
    public async Task DeleteAsync(IKeyValues keys)
    {
        for (int from = 0; from < settings.Keys.Count; from += DeletedAtOnce)
        {
            int to = Math.Min(from + DeletedAtOnce, settings.Keys.Count) - 1;
            KeyRange some = KeyRange.Between(settings.Keys.Key(from), (byte[])[.. settings.Keys.Key(to), 0]);
            await keys.DeleteAsync(some).ConfigureAwait(false);
        }
    }

    private Task<GetResult> GetAsync(IKeyValues keys, Random random, CancellationToken cancel) =>
        keys.GetAsync(settings.Keys.Any(random), new GetOptions { Serializable = settings.IsSerializable }, cancel);

    private Task<TransactionResult> TransactAsync(IKeyValues keys, Random random, CancellationToken cancel)
    {
        byte[] key = settings.Keys.Any(random);
        Transaction transaction = Transaction.If(Condition.Exists(key))
            .Then(Operation.Put(key, settings.Value(random)), Operation.Read(key))
            .Else(Operation.Read(key));
        return keys.CommitAsync(transaction, null, cancel);
    }
}
