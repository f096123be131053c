using Netcd.Coordination;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3Election;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Services;

/// <summary>The Election service, whatever transport calls it.</summary>
internal sealed class ElectionHandlers(StoreHandlers store)
{
    /// <summary>Returns when the caller leads.</summary>
    /// <exception cref="EtcdException">There is no such lease, for one.</exception>
    public ValueTask<CampaignResponse> CampaignAsync(CampaignRequest request, CallContext context) => Of(context).CampaignAsync(request);

    /// <summary>Has the leader say something else.</summary>
    /// <exception cref="EtcdException">The caller leads no more.</exception>
    public ValueTask<ProclaimResponse> ProclaimAsync(ProclaimRequest request, CallContext context) => Of(context).ProclaimAsync(request);

    /// <summary>Who leads, and what it says.</summary>
    /// <exception cref="EtcdException">Nobody does.</exception>
    public ValueTask<LeaderResponse> LeaderAsync(LeaderRequest request, CallContext context) => Of(context).LeaderAsync(request);

    /// <summary>Tells each leader, and what it says, until the caller goes.</summary>
    public ValueTask ObserveAsync(LeaderRequest request, Func<LeaderResponse, Task> write, CallContext context) =>
        Of(context).ObserveAsync(request, response => new ValueTask(write(response)));

    /// <summary>Ends the caller's leadership; somebody else's stays.</summary>
    /// <exception cref="EtcdException">It is not said who leads.</exception>
    public ValueTask<ResignResponse> ResignAsync(ResignRequest request, CallContext context) => Of(context).ResignAsync(request);

    private Elections Of(CallContext context) => new(new CallStore(store, context));
}
