using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Lock;
using Netcd.Server.Services;

namespace Netcd.Server.Coordination;

/// <summary>The Lock service, whatever transport calls it. The owner is the head of a queue of keys.</summary>
internal sealed class LockHandlers(KvHandlers kv, KeyQueues queues)
{
    /// <summary>
    /// Takes the lock when it is its turn. The key holds it, as long as it and its lease exist; its creation revision, which no later
    /// owner's is below, serves to fence off earlier owners.
    /// </summary>
    /// <exception cref="EtcdException">There is no such lease, or it ended while it waited.</exception>
    public async ValueTask<LockResponse> LockAsync(LockRequest request, CallContext context)
    {
        QueueSession session = await queues.BeginAsync(request.Lease, context).ConfigureAwait(false);
        QueuePlace place = await queues.EnterAsync(request.Name, session, Google.Protobuf.ByteString.Empty, context).ConfigureAwait(false);
        bool isHeld = false;
        try
        {
            bool hasWaited = await queues.AwaitHeadAsync(place, context).ConfigureAwait(false);
            ResponseHeader header = hasWaited ? await ConfirmAsync(place, context).ConfigureAwait(false) : place.Header;
            isHeld = true;
            return new LockResponse { Header = header, Key = place.Key };
        }
        finally
        {
            if (!isHeld)
            {
                await queues.GiveUpAsync(place).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Gives the lock back, or leaves the queue.</summary>
    /// <exception cref="EtcdException">No key is given.</exception>
    public async ValueTask<UnlockResponse> UnlockAsync(UnlockRequest request, CallContext context)
    {
        DeleteRangeResponse deleted = await kv.DeleteRangeAsync(new DeleteRangeRequest { Key = request.Key }, context).ConfigureAwait(false);
        return new UnlockResponse { Header = deleted.Header };
    }

    /// <summary>Those before are gone; the own key may be too, with its lease.</summary>
    private async ValueTask<ResponseHeader> ConfirmAsync(QueuePlace place, CallContext context)
    {
        RangeResponse own = await queues.RangeAsync(new RangeRequest { Key = place.Key }, context).ConfigureAwait(false);
        return own.Kvs.Count > 0 && own.Kvs[0].CreateRevision == place.Revision ? own.Header : throw EtcdErrors.SessionExpired.ToException();
    }
}
