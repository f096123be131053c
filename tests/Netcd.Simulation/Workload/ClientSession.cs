using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>A client's lease, kept alive until the client ends, stands still, or is too late.</summary>
internal sealed class ClientSession(SimulatedCluster cluster, long lease, long ttl)
{
    private const long Patience = 2 * VirtualTime.Second;

    private bool isAbandoned;

    public long Lease => lease;

    /// <summary>Whether the client knows nothing to the contrary.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>Until when the client stands still.</summary>
    public long PausedUntil { get; set; }

    /// <summary>Nobody keeps it alive any more.</summary>
    public void Abandon() => isAbandoned = true;

    public async Task KeepAliveAsync()
    {
        while (!isAbandoned && IsAlive)
        {
            await cluster.Time.Delay(ttl * VirtualTime.Second / 4);
            if (!isAbandoned && cluster.Time.Now >= PausedUntil && cluster.Leader is { } leader)
            {
                LeaseAnswer? answer = await LeaseCalls.AskAsync(cluster, leader, LeaseQuery.Renew, lease, Patience);
                IsAlive = answer?.Error != EtcdErrors.LeaseNotFound;
            }
        }
    }

    /// <summary>Ends it, if that goes through.</summary>
    public Task<Answer> RevokeAsync(SimulatedMember member)
    {
        Abandon();
        return Calls.ProposeAsync(
            cluster, member, new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = lease } }, Patience);
    }
}
