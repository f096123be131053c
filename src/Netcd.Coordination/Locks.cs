using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Lock;

namespace Netcd.Coordination;

/// <summary>Locks. The owner is the head of a queue of keys.</summary>
/// <param name="store">The store as the call sees it.</param>
public sealed class Locks(ICoordinationStore store)
{
    private readonly KeyQueues queues = new(store);

    /// <summary>
    /// Takes the lock when it is its turn. The key holds it, as long as it and its lease exist; its creation revision, which no later
    /// owner's is below, serves to fence off earlier owners.
    /// </summary>
    /// <exception cref="EtcdException">There is no such lease, or it ended while it waited.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone: its place in the queue was given up.</exception>
    public async ValueTask<LockResponse> LockAsync(LockRequest request)
    {
        QueueSession session = await queues.BeginAsync(request.Lease).ConfigureAwait(false);
        QueuePlace place = await queues.EnterAsync(request.Name, session, Google.Protobuf.ByteString.Empty).ConfigureAwait(false);
        bool isHeld = place.WasHead;
        try
        {
            ResponseHeader header = await queues.AwaitTurnAsync(place, EtcdErrors.SessionExpired).ConfigureAwait(false);
            store.ThrowIfCallerHasGone();
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
    public async ValueTask<UnlockResponse> UnlockAsync(UnlockRequest request)
    {
        DeleteRangeResponse deleted = await store.DeleteRangeAsync(new DeleteRangeRequest { Key = request.Key }).ConfigureAwait(false);
        return new UnlockResponse { Header = deleted.Header };
    }
}
