using System.Runtime.CompilerServices;
using System.Text;
using Netcd.Client.Watching;

namespace Netcd.Client.Coordination;

/// <summary>
/// An election: one at a time leads, and says something that all can read. The leader is the oldest of the keys
/// <c>name/lease-in-hex</c>, as with etcd's Go client, what it says its value.
/// </summary>
public sealed class EtcdElection
{
    private readonly EtcdSession session;
    private readonly string prefix;

    internal EtcdElection(EtcdSession session, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        this.session = session;
        Name = name;
        prefix = name + "/";
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Stands for it, and returns when the session leads.</summary>
    /// <param name="value">What the leader says then.</param>
    /// <param name="cancel">Gives up the candidacy.</param>
    /// <exception cref="SessionLostException">The session ended meanwhile.</exception>
    public async Task<EtcdLeadership> CampaignAsync(ReadOnlyMemory<byte> value, CancellationToken cancel = default)
    {
        QueuePlace place = new(session, prefix + session.LeaseText, prefix, value);
        EtcdLock held = (await Acquisition.RunAsync(session, Name, place, wait: true, cancel).ConfigureAwait(false))!;
        EtcdLeadership leadership = new(session, held);
        if (!place.Value.Span.SequenceEqual(value.Span))
        {
            // A candidacy of this session's lease from before it was resumed.
            await leadership.ProclaimAsync(value, cancel).ConfigureAwait(false);
        }

        return leadership;
    }

    /// <summary>Stands for it, and returns when the session leads.</summary>
    /// <param name="value">What the leader says then, as UTF-8.</param>
    /// <param name="cancel">Gives up the candidacy.</param>
    /// <exception cref="SessionLostException">The session ended meanwhile.</exception>
    public Task<EtcdLeadership> CampaignAsync(string value, CancellationToken cancel = default) =>
        CampaignAsync(Encoding.UTF8.GetBytes(value), cancel);

    /// <summary>Who leads now: the leader's key, with what it says; null if nobody does.</summary>
    /// <param name="cancel">Gives up.</param>
    public async Task<KeyValue?> LeaderAsync(CancellationToken cancel = default) =>
        (await session.Store.FirstAsync(prefix, cancel).ConfigureAwait(false)).Found;

    /// <summary>
    /// Tells each leader, and what it says, from now on. All that a leader says is told as long as the watch keeps up; of leaders in quick
    /// succession the last is.
    /// </summary>
    /// <param name="cancel">Ends it.</param>
    public async IAsyncEnumerable<KeyValue> ObserveAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        while (true)
        {
            (KeyValue? leader, EtcdHeader header) = await session.Store.FirstAsync(prefix, cancel).ConfigureAwait(false);
            if (leader is null)
            {
                await session.Store.AwaitChangeAsync(KeyRange.Prefix(prefix), header.Revision + 1, only: null, cancel)
                    .ConfigureAwait(false);
                continue;
            }

            yield return leader;
            await using IAsyncEnumerator<KeyValue> said = SaidAsync(leader.Key, header.Revision + 1, cancel).GetAsyncEnumerator(cancel);
            while (await NextAsync(said).ConfigureAwait(false) is { } next)
            {
                yield return next;
            }
        }
    }

    /// <summary>What is said under a key until it is deleted.</summary>
    private async IAsyncEnumerable<KeyValue> SaidAsync(
        ReadOnlyMemory<byte> key, long fromRevision, [EnumeratorCancellation] CancellationToken cancel)
    {
        IAsyncEnumerable<WatchBatch> changes = session.Store.WatchAsync(key, fromRevision, only: null, cancel);
        await foreach (WatchBatch batch in changes.ConfigureAwait(false))
        {
            foreach (WatchEvent change in batch.Events)
            {
                if (change.Type == WatchEventType.Delete)
                {
                    yield break;
                }

                yield return change.KeyValue;
            }
        }
    }

    private static async ValueTask<KeyValue?> NextAsync(IAsyncEnumerator<KeyValue> said)
    {
        try
        {
            return await said.MoveNextAsync().ConfigureAwait(false) ? said.Current : null;
        }
        catch (CompactedException)
        {
            // What was said meanwhile is gone; what is said now is read.
            return null;
        }
    }
}
