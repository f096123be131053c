using Netcd.Interop.Processes;

namespace Netcd.Interop.Clusters;

/// <summary>netcd and etcd as members of one cluster: a rolling migration in either direction.</summary>
public sealed class MixedClusterTests
{
    [Fact]
    public async Task Members_of_both_kinds_form_a_cluster_and_survive_each_others_loss()
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        await using ProcessCluster cluster = await ProcessCluster.StartAsync([etcd, NetcdProgram.Path, etcd]);
        await using Clients clients = new(cluster);
        for (int round = 0; round < 3; round++)
        {
            await clients.ServedAgainAsync();
            ClusterMember leader = await cluster.LeaderAsync();
            await leader.KillAsync();
            await clients.ServedAgainAsync();
            await cluster.RestartAsync(leader);
        }

        await clients.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_cluster_of_etcd_becomes_one_of_netcd_while_it_serves() =>
        await MigrateAsync(await EtcdPrograms.EtcdAsync(), NetcdProgram.Path);

    [Fact]
    public async Task A_cluster_of_netcd_becomes_one_of_etcd_while_it_serves() =>
        await MigrateAsync(NetcdProgram.Path, await EtcdPrograms.EtcdAsync());

    [Fact]
    public async Task An_etcd_joins_a_cluster_of_netcd()
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, "--snapshot-count", "500");
        await using Clients clients = new(cluster);
        await (await cluster.LeaderAsync()).Channel.PutManyAsync("before", 1_500);
        ClusterMember joined = await cluster.AddAsync(etcd);
        await clients.ServedAgainAsync();
        ClusterMember leader = await cluster.LeaderAsync();
        await leader.KillAsync();
        await clients.ServedAgainAsync();
        await cluster.RestartAsync(leader);
        await clients.StopAndCheckAsync();
        Assert.True(joined.IsRunning);
    }

    /// <summary>Replaces one member after another; few entries are kept, so that newcomers need snapshots of the other kind.</summary>
    private static async Task MigrateAsync(string from, string to)
    {
        await using ProcessCluster cluster = await ProcessCluster.StartAsync([from, from, from], "--snapshot-count", "500");
        await using Clients clients = new(cluster);
        await (await cluster.LeaderAsync()).Channel.PutManyAsync("before", 1_500);
        foreach (ClusterMember old in cluster.Members.ToArray())
        {
            ClusterMember joined = await cluster.AddAsync(to, asLearner: true);
            await cluster.PromoteAsync(joined);
            await cluster.RemoveAsync(old);
            await old.DisposeAsync();
            await clients.ServedAgainAsync();
            await clients.CheckAsync();
        }

        Assert.All(cluster.Members, member => Assert.Equal(to, member.Program));
        await clients.StopAndCheckAsync();
    }
}
