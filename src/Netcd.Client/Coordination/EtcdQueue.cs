using System.Runtime.CompilerServices;
using System.Text;

namespace Netcd.Client.Coordination;

/// <summary>
/// A queue of values that many may fill and many may empty: each value goes to one of them, the oldest first. Its keys are
/// <c>name/number</c>, as in etcd's recipe.
/// </summary>
public sealed class EtcdQueue
{
    private readonly QueueStore store;
    private readonly string prefix;

    internal EtcdQueue(QueueStore store, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        this.store = store;
        Name = name;
        prefix = name + "/";
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="AmbiguousOutcomeException">It is unknown whether it was added.</exception>
    public async Task EnqueueAsync(ReadOnlyMemory<byte> value, CancellationToken cancel = default)
    {
        while (await store.CreateAsync(prefix + UniqueNames.Next(), value, 0, cancel).ConfigureAwait(false) is null)
        {
            // Another process has used the number.
        }
    }

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value, as UTF-8.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="AmbiguousOutcomeException">It is unknown whether it was added.</exception>
    public Task EnqueueAsync(string value, CancellationToken cancel = default) => EnqueueAsync(Encoding.UTF8.GetBytes(value), cancel);

    /// <summary>Takes the oldest value, which nobody else gets then; waits for one if there is none.</summary>
    /// <param name="cancel">Gives up. Where that comes while a value is taken, it is unknown whether it was.</param>
    /// <exception cref="AmbiguousOutcomeException">It is unknown whether a value was taken.</exception>
    public async Task<KeyValue> DequeueAsync(CancellationToken cancel = default)
    {
        while (true)
        {
            (KeyValue? taken, EtcdHeader header) = await TakeAsync(cancel).ConfigureAwait(false);
            if (taken is not null)
            {
                return taken;
            }

            await store.AwaitChangeAsync(KeyRange.Prefix(prefix), header.Revision + 1, only: null, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the oldest value; null if there is none.</summary>
    /// <param name="cancel">Gives up. Where that comes while a value is taken, it is unknown whether it was.</param>
    /// <exception cref="AmbiguousOutcomeException">It is unknown whether a value was taken.</exception>
    public async Task<KeyValue?> TryDequeueAsync(CancellationToken cancel = default) =>
        (await TakeAsync(cancel).ConfigureAwait(false)).Taken;

    /// <summary>Takes values one after another, and waits for those to come.</summary>
    /// <param name="cancel">Ends it.</param>
    public async IAsyncEnumerable<KeyValue> DequeueAllAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        while (true)
        {
            yield return await DequeueAsync(cancel).ConfigureAwait(false);
        }
    }

    private async Task<(KeyValue? Taken, EtcdHeader Header)> TakeAsync(CancellationToken cancel)
    {
        while (true)
        {
            (KeyValue? oldest, EtcdHeader header) = await store.FirstAsync(prefix, cancel).ConfigureAwait(false);
            if (oldest is null || await store.ClaimAsync(oldest, cancel).ConfigureAwait(false))
            {
                return (oldest, header);
            }
        }
    }
}
