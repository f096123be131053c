using Netcd.Protocol.V3;
using Netcd.Server.Tests.Configuration;

namespace Netcd.Interop.Clusters;

/// <summary>Clusters whose members find each other by DNS.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public async Task Three_members_find_each_other_by_SRV_records_and_need_them_no_more_when_they_have_data()
    {
        await using LoopbackDns dns = new();
        await using ProcessCluster cluster = ProcessCluster.Prepare(3);
        dns.Set("_etcd-server._tcp.cluster.test", [.. cluster.Members.Select(member => ("localhost", new Uri(member.PeerUrl).Port))]);
        foreach (ClusterMember member in cluster.Members)
        {
            member.StartByDns("cluster.test", dns.Address);
        }

        await Task.WhenAll(cluster.Members.Select(member => member.ReadyAsync()));
        await using Clients clients = new(cluster);
        await clients.ServedAgainAsync();
        IReadOnlyList<Member> listed = await cluster.MembersAsync();
        Assert.Equal(["m1", "m2", "m3"], listed.Select(member => member.Name).Order(StringComparer.Ordinal));

        dns.Set("_etcd-server._tcp.cluster.test");
        ClusterMember leader = await cluster.LeaderAsync();
        await leader.KillAsync();
        await clients.ServedAgainAsync();
        leader.StartByDns("cluster.test", dns.Address);
        await leader.ReadyAsync();
        await clients.StopAndCheckAsync();
    }
}
