using Netcd.Coordination;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3Lock;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Services;

/// <summary>The Lock service, whatever transport calls it.</summary>
internal sealed class LockHandlers(StoreHandlers store)
{
    /// <summary>Takes the lock when it is its turn.</summary>
    /// <exception cref="EtcdException">There is no such lease, or it ended while it waited.</exception>
    public ValueTask<LockResponse> LockAsync(LockRequest request, CallContext context) =>
        new Locks(new CallStore(store, context)).LockAsync(request);

    /// <summary>Gives the lock back, or leaves the queue.</summary>
    /// <exception cref="EtcdException">No key is given.</exception>
    public ValueTask<UnlockResponse> UnlockAsync(UnlockRequest request, CallContext context) =>
        new Locks(new CallStore(store, context)).UnlockAsync(request);
}
