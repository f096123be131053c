using Netcd.Coordination;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Services;

/// <summary>What locks and elections ask of this member.</summary>
internal sealed record StoreHandlers(KvHandlers Kv, LeaseHandlers Leases, KeyChanges Changes);

/// <summary>This member's store as a call sees it.</summary>
internal sealed class CallStore(StoreHandlers handlers, CallContext context) : ICoordinationStore
{
    public ICoordinationStore WithoutCaller => new CallStore(handlers, new CallContext(CancellationToken.None, Caller: context.Caller));

    public void ThrowIfCallerHasGone() => context.Cancellation.ThrowIfCancellationRequested();

    public ValueTask<TxnResponse> TxnAsync(TxnRequest request) => handlers.Kv.TxnAsync(request, context);

    public async ValueTask<RangeResponse> RangeAsync(RangeRequest request)
    {
        using RangeAnswer answer = await handlers.Kv.RangeAsync(request, context).ConfigureAwait(false);
        return answer.ToMessage();
    }

    public ValueTask<DeleteRangeResponse> DeleteRangeAsync(DeleteRangeRequest request) => handlers.Kv.DeleteRangeAsync(request, context);

    public ValueTask<LeaseGrantResponse> GrantAsync(LeaseGrantRequest request) => handlers.Leases.GrantAsync(request, context);

    public ValueTask<LeaseRevokeResponse> RevokeAsync(LeaseRevokeRequest request) =>
        handlers.Leases.EndOwnAsync(request, context);

    public ValueTask AwaitChangeAsync(WatchCreateRequest watch) => handlers.Changes.AwaitAsync(watch, context);
}
