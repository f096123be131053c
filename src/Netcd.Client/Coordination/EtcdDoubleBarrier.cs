using Netcd.Client.Watching;

namespace Netcd.Client.Coordination;

/// <summary>
/// A barrier that a number of sessions enter together and leave together: none gets in before all have come, none out before all are done.
/// Its keys are <c>name/waiters/number</c> and <c>name/ready</c>, as in etcd's recipe.
/// </summary>
public sealed class EtcdDoubleBarrier
{
    private readonly EtcdSession session;
    private readonly int participants;
    private readonly string waiters;
    private readonly string ready;
    private QueuePlace? place;

    internal EtcdDoubleBarrier(EtcdSession session, string name, int participants)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(participants, 1);
        this.session = session;
        this.participants = participants;
        Name = name;
        waiters = name + "/waiters";
        ready = name + "/ready";
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Returns when all have come.</summary>
    /// <param name="cancel">Gives up, and goes away again.</param>
    /// <exception cref="InvalidOperationException">There are as many as there may be already, or this one has entered.</exception>
    public async Task EnterAsync(CancellationToken cancel = default)
    {
        if (place is not null)
        {
            throw new InvalidOperationException("the barrier was entered already");
        }

        QueuePlace own = new(session, $"{waiters}/{UniqueNames.Next()}", waiters + "/", default);
        bool isIn = false;
        try
        {
            await own.EnterAsync(cancel).ConfigureAwait(false);
            await AwaitAllAsync(own, cancel).ConfigureAwait(false);
            place = own;
            isIn = true;
        }
        finally
        {
            if (!isIn)
            {
                _ = own.AbandonAsync(null);
            }
        }
    }

    /// <summary>Returns when all are done.</summary>
    /// <param name="cancel">Gives up. It may be asked again.</param>
    /// <exception cref="InvalidOperationException">This one has not entered.</exception>
    public async Task LeaveAsync(CancellationToken cancel = default)
    {
        QueuePlace own = place ?? throw new InvalidOperationException("the barrier was not entered");
        while (true)
        {
            (IReadOnlyList<KeyValue> all, EtcdHeader header) = await session.Store.AllAsync(waiters + "/", cancel).ConfigureAwait(false);
            if (all.Count == 0)
            {
                break;
            }

            bool isFirst = all[0].KeyText == own.Key;
            if (all.Count == 1 && isFirst)
            {
                await session.Store.DeleteAsync(ready, cancel).ConfigureAwait(false);
                await own.LeaveAsync(cancel).ConfigureAwait(false);
                break;
            }

            // The first to come waits for the last, and all others for the first: so it is there until they are gone.
            if (!isFirst)
            {
                await own.LeaveAsync(cancel).ConfigureAwait(false);
            }

            await session.Store.AwaitChangeAsync(
                isFirst ? all[^1].Key : all[0].Key, header.Revision + 1, WatchEventType.Delete, cancel).ConfigureAwait(false);
        }

        place = null;
    }

    private async Task AwaitAllAsync(QueuePlace own, CancellationToken cancel)
    {
        (IReadOnlyList<KeyValue> all, EtcdHeader _) = await session.Store.AllAsync(waiters + "/", cancel).ConfigureAwait(false);
        int rank = all.Count(kv => kv.CreateRevision < own.Revision);
        if (rank >= participants)
        {
            throw new InvalidOperationException("the barrier has all its participants already");
        }

        if (rank == participants - 1)
        {
            await session.Store.PutAsync(ready, cancel).ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, session.Lost);
        try
        {
            (KeyValue? told, EtcdHeader header) = await session.Store.GetAsync(ready, either.Token).ConfigureAwait(false);

            // What was put before this one came was for others.
            while (told is null || told.ModRevision < own.Revision)
            {
                await session.Store.AwaitChangeAsync(ready, header.Revision + 1, WatchEventType.Put, either.Token).ConfigureAwait(false);
                (told, header) = await session.Store.GetAsync(ready, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            session.ThrowIfLost(Name);
            throw;
        }
    }
}
