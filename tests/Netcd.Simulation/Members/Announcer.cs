using Netcd.Protocol.V3;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Members;

/// <summary>After a start a member tells the cluster its name and where clients find it, until that has gone through.</summary>
internal sealed class Announcer(SimulatedCluster cluster, SimulatedMember member)
{
    private const string ClusterVersion = "3.5.0";

    private readonly int life = member.Life;

    public async Task RunAsync()
    {
        while (member.Life == life && member.Node is { } node)
        {
            IReadOnlyList<InternalRaftRequest> announcements = node.Announcements(ClusterVersion);
            if (node.Position.LeaderId != 0 && node.Members.Find(node.MemberId) is not null)
            {
                if (announcements.Count == 0)
                {
                    return;
                }

                foreach (InternalRaftRequest announcement in announcements)
                {
                    await Calls.ProposeAsync(cluster, member, announcement, 5 * VirtualTime.Second);
                }
            }

            await cluster.Time.Delay(300 * VirtualTime.Millisecond);
        }
    }
}
