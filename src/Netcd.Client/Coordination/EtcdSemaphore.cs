using Netcd.Client.Watching;

namespace Netcd.Client.Coordination;

/// <summary>
/// A number of permits, given in the order in which they were asked for. Its keys are <c>name/lease-in-hex/number</c>; the oldest of them,
/// as
/// many as there are permits, hold one.
/// </summary>
public sealed class EtcdSemaphore
{
    private readonly EtcdSession session;

    internal EtcdSemaphore(EtcdSession session, string name, int permits)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        this.session = session;
        Name = name;
        Permits = permits;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>How many may hold one at a time.</summary>
    public int Permits { get; }

    /// <summary>Takes a permit when one is free and all who asked before have had theirs. A session may hold several.</summary>
    /// <param name="cancel">Gives up, and the place in the queue with it.</param>
    /// <exception cref="SessionLostException">The session ended meanwhile.</exception>
    public async Task<EtcdLock> AcquireAsync(CancellationToken cancel = default) =>
        (await Acquisition.RunAsync(session, null, NewPlace(), wait: true, cancel).ConfigureAwait(false))!;

    /// <summary>Takes a permit if one is free; else gives null.</summary>
    /// <param name="cancel">Gives up.</param>
    public Task<EtcdLock?> TryAcquireAsync(CancellationToken cancel = default) =>
        Acquisition.RunAsync(session, null, NewPlace(), wait: false, cancel);

    private Place NewPlace() => new(session, $"{Name}/{session.LeaseText}/{UniqueNames.Next()}", Name + "/", Permits);

    private sealed class Place(EtcdSession session, string key, string rivals, int permits) : QueuePlace(session, key, rivals, default)
    {
        private readonly string rivals = rivals;

        protected override async Task<bool> HasTurnAsync(CancellationToken cancel) =>
            (await BeforeAsync(cancel).ConfigureAwait(false)).Keys.Count < permits;

        /// <summary>Those before it are read once; whoever leaves is told by a watch, so that a free permit costs no reads.</summary>
        protected override async Task AwaitTurnAsync(CancellationToken cancel)
        {
            while (true)
            {
                (HashSet<string> before, EtcdHeader header) = await BeforeAsync(cancel).ConfigureAwait(false);
                if (before.Count < permits || await UntilFewerAsync(before, header.Revision + 1, cancel).ConfigureAwait(false))
                {
                    return;
                }
            }
        }

        private async Task<bool> UntilFewerAsync(HashSet<string> before, long fromRevision, CancellationToken cancel)
        {
            try
            {
                IAsyncEnumerable<WatchBatch> deletions =
                    Session.Store.WatchAsync(KeyRange.Prefix(rivals), fromRevision, WatchEventType.Delete, cancel);
                await foreach (WatchBatch batch in deletions.ConfigureAwait(false))
                {
                    before.ExceptWith(batch.Events.Select(static deletion => deletion.KeyValue.KeyText));
                    if (before.Count < permits)
                    {
                        return true;
                    }
                }
            }
            catch (CompactedException)
            {
                // To be read anew.
            }

            return false;
        }

        private async Task<(HashSet<string> Keys, EtcdHeader Header)> BeforeAsync(CancellationToken cancel)
        {
            (IReadOnlyList<KeyValue> all, EtcdHeader header) = await Session.Store.AllAsync(rivals, cancel).ConfigureAwait(false);
            return ([.. all.Where(kv => kv.CreateRevision < Revision).Select(static kv => kv.KeyText)], header);
        }
    }
}
