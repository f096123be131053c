using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Coordination;

/// <summary>
/// Queues that are kept as keys: each caller that waits has a key below the queue's name, on its lease, and the one whose key was created
/// first is at the head. Locks and elections are such queues, with the same keys as those of etcd's Go client.
/// </summary>
/// <remarks>
/// Each waits for the one before it alone, so the end of one wakes one. The revision at which the key was created orders
/// owners, and serves as a fencing token.
/// </remarks>
internal sealed class KeyQueues(ICoordinationStore store)
{
    /// <summary>The lease that one gets who brings none. etcd's.</summary>
    private const long SessionSeconds = 60;

    /// <summary>Gives a call its lease: the caller's, or a new one, which is not kept alive until the caller takes care of it.</summary>
    public async ValueTask<QueueSession> BeginAsync(long lease)
    {
        if (lease != 0)
        {
            return new QueueSession(lease, IsOwn: false);
        }

        LeaseGrantResponse granted = await store.GrantAsync(new LeaseGrantRequest { TTL = SessionSeconds }).ConfigureAwait(false);
        return new QueueSession(granted.ID, IsOwn: true);
    }

    /// <summary>
    /// Queues up, whatever becomes of the caller: an unknown place could not be given up. One that has a place already
    /// keeps it.
    /// </summary>
    /// <exception cref="EtcdException">There is no such lease, for one.</exception>
    public async ValueTask<QueuePlace> EnterAsync(ByteString name, QueueSession session, ByteString value)
    {
        ByteString prefix = ByteString.CopyFrom([.. name.Span, (byte)'/']);
        ByteString key = ByteString.CopyFrom([.. prefix.Span, .. HexOf(session.Lease)]);
        RequestOp head = new() { RequestRange = First(prefix) };
        TxnRequest txn = new();
        txn.Compare.Add(CreatedAt(key, 0));
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = key, Value = value, Lease = session.Lease } });
        txn.Success.Add(head);
        txn.Failure.Add(new RequestOp { RequestRange = new RangeRequest { Key = key } });
        txn.Failure.Add(head);
        TxnResponse response = await EnterAsync(txn, session).ConfigureAwait(false);
        KeyValue? present = response.Succeeded ? null : response.Responses[0].ResponseRange.Kvs[0];
        long revision = present?.CreateRevision ?? response.Header.Revision;
        bool isHead = response.Responses[1].ResponseRange.Kvs[0].CreateRevision == revision;
        return new QueuePlace(prefix, key, revision, session, present?.Value ?? value, response.Header)
        {
            IsHead = isHead,
            WasHead = isHead && present is not null,
        };
    }

    /// <summary>Where it is unknown whether there is a place, the end of the call's own lease sees to it that there is none.</summary>
    private async ValueTask<TxnResponse> EnterAsync(TxnRequest txn, QueueSession session)
    {
        bool isAnswered = false;
        try
        {
            TxnResponse response = await store.WithoutCaller.TxnAsync(txn).ConfigureAwait(false);
            isAnswered = true;
            return response;
        }
        finally
        {
            if (!isAnswered && session.IsOwn)
            {
                await RevokeAsync(session).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Returns when it is the place's turn, with the header of a moment at which the place was there still.</summary>
    /// <param name="place">The place.</param>
    /// <param name="lost">What it means that the place is gone: its lease ended while it waited.</param>
    public async ValueTask<ResponseHeader> AwaitTurnAsync(QueuePlace place, EtcdError lost)
    {
        if (place.IsHead)
        {
            return place.Header;
        }

        await AwaitHeadAsync(place).ConfigureAwait(false);
        RangeResponse own = await store.RangeAsync(new RangeRequest { Key = place.Key }).ConfigureAwait(false);
        return own.Kvs.Count > 0 && own.Kvs[0].CreateRevision == place.Revision ? own.Header : throw lost.ToException();
    }

    /// <summary>Returns when no one is before it any longer.</summary>
    private async ValueTask AwaitHeadAsync(QueuePlace place)
    {
        while (true)
        {
            RangeRequest last = First(place.Prefix);
            last.SortOrder = RangeRequest.Types.SortOrder.Descend;
            last.MaxCreateRevision = place.Revision - 1;
            RangeResponse before = await store.RangeAsync(last).ConfigureAwait(false);
            if (before.Kvs.Count == 0)
            {
                return;
            }

            WatchCreateRequest watch = new() { Key = before.Kvs[0].Key, StartRevision = before.Header.Revision + 1 };
            watch.Filters.Add(WatchCreateRequest.Types.FilterType.Noput);
            await store.AwaitChangeAsync(watch).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Leaves the queue without having been at its head, whatever has become of the caller. A lease that was granted for this call
    /// goes too: no one else knows of it.
    /// </summary>
    public async ValueTask GiveUpAsync(QueuePlace place)
    {
        if (place.Session.IsOwn)
        {
            await RevokeAsync(place.Session).ConfigureAwait(false);
            return;
        }

        try
        {
            await new KeyQueues(store.WithoutCaller).DeleteAsync(place.Key, place.Revision).ConfigureAwait(false);
        }
        catch (EtcdException)
        {
            // The key ends with its lease.
        }
    }

    private async ValueTask RevokeAsync(QueueSession session)
    {
        try
        {
            await store.WithoutCaller.RevokeAsync(new LeaseRevokeRequest { ID = session.Lease }).ConfigureAwait(false);
        }
        catch (EtcdException)
        {
            // It ends by itself.
        }
    }

    /// <summary>Deletes a place's key, unless it is another's by now.</summary>
    public ValueTask<TxnResponse> DeleteAsync(ByteString key, long revision) =>
        ChangeAsync(key, revision, new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = key } });

    /// <summary>Does something if the key was created at the revision.</summary>
    public ValueTask<TxnResponse> ChangeAsync(ByteString key, long revision, RequestOp change)
    {
        TxnRequest txn = new();
        txn.Compare.Add(CreatedAt(key, revision));
        txn.Success.Add(change);
        return store.TxnAsync(txn);
    }

    /// <summary>The head of a queue as of now; no key where it is empty.</summary>
    public ValueTask<RangeResponse> HeadAsync(ByteString name) =>
        store.RangeAsync(First(ByteString.CopyFrom([.. name.Span, (byte)'/'])));

    /// <summary>Awaits a change of the queue, from a revision on.</summary>
    public ValueTask AwaitChangeAsync(ByteString name, long fromRevision)
    {
        ByteString prefix = ByteString.CopyFrom([.. name.Span, (byte)'/']);
        return store.AwaitChangeAsync(new WatchCreateRequest { Key = prefix, RangeEnd = EndOf(prefix), StartRevision = fromRevision });
    }

    private static RangeRequest First(ByteString prefix) => new()
    {
        Key = prefix,
        RangeEnd = EndOf(prefix),
        SortTarget = RangeRequest.Types.SortTarget.Create,
        SortOrder = RangeRequest.Types.SortOrder.Ascend,
        Limit = 1,
    };

    /// <summary>The first key behind all that begin with the prefix, which ends with a slash.</summary>
    private static ByteString EndOf(ByteString prefix) => ByteString.CopyFrom([.. prefix.Span[..^1], (byte)'/' + 1]);

    /// <summary>As Go writes a number with <c>%x</c>: a sign and the digits of the amount, no two's complement.</summary>
    private static byte[] HexOf(long lease) => System.Text.Encoding.ASCII.GetBytes(
        (lease < 0 ? "-" : "") + (lease < 0 ? 0 - (ulong)lease : (ulong)lease).ToString("x", CultureInfo.InvariantCulture));

    private static Compare CreatedAt(ByteString key, long revision) => new()
    {
        Key = key,
        Target = Compare.Types.CompareTarget.Create,
        Result = Compare.Types.CompareResult.Equal,
        CreateRevision = revision,
    };
}

/// <summary>The lease that a place in a queue hangs on.</summary>
/// <param name="Lease">Its id.</param>
/// <param name="IsOwn">Whether it was granted for this call.</param>
internal readonly record struct QueueSession(long Lease, bool IsOwn);

/// <summary>A place in a queue.</summary>
/// <param name="Prefix">What the queue's keys begin with.</param>
/// <param name="Key">This one's.</param>
/// <param name="Revision">When it was created.</param>
/// <param name="Session">Its lease.</param>
/// <param name="Value">Its value.</param>
/// <param name="Header">The header of the answer that said so.</param>
internal sealed record QueuePlace(
    ByteString Prefix, ByteString Key, long Revision, QueueSession Session, ByteString Value, ResponseHeader Header)
{
    /// <summary>Whether no one was before it then.</summary>
    public required bool IsHead { get; init; }

    /// <summary>Whether it was at the head before this call already: it is not this call's to give up.</summary>
    public required bool WasHead { get; init; }
}
