using System.Text.Json;
using Grpc.Core;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;
using Action = Netcd.Protocol.V3.DowngradeRequest.Types.DowngradeAction;

namespace Netcd.Interop.Upkeep;

/// <summary>A cluster of version 3.6 is taken down to 3.5, and real etcd 3.5 goes on with it.</summary>
public sealed class DowngradeTests
{
    private static readonly string[] UpTo36 = ["--max-cluster-version", "3.6"];

    [Fact]
    public async Task What_cannot_be_is_refused_in_the_words_of_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach ((Action action, string version) in (IEnumerable<(Action, string)>)
        [
            .. from version in (string[])["", "foo", "3", "3.5", "3.6", "4.0.0", "3.3", "3.5.0.0"]
               from action in (Action[])[Action.Validate, Action.Enable]
               select (action, version),
            (Action.Cancel, ""), ((Action)7, "3.4"),
        ])
        {
            Assert.Equal(
                (action, version, await RefusalAsync(pair.Etcd.Channel, action, version)),
                (action, version, await RefusalAsync(pair.Netcd.Channel, action, version)));
        }

        // etcd takes this one. No program of 3.4 can open a directory of netcd, nor a start of 3.5 go on while it is asked for.
        Assert.Equal(
            "InvalidArgument etcdserver: invalid downgrade target version", await RefusalAsync(pair.Netcd.Channel, Action.Enable, "3.4"));
    }

    [Fact]
    public async Task Without_being_asked_a_cluster_stays_at_3_5_and_the_file_too()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        Assert.Equal(("3.5.0", "3.5.0", ""), await VersionsAsync(netcd.Channel, netcd.Endpoint));
    }

    [Fact]
    public async Task A_directory_of_3_6_is_opened_by_etcd_3_5_after_a_downgrade_and_not_before()
    {
        using TemporaryFolder folder = new();
        string etcd = await EtcdPrograms.EtcdAsync();
        string data = folder.At("data");
        (long, uint, RangeResponse) content;
        await using (ServerProcess netcd = await ServerProcess.NetcdAsync(data, UpTo36))
        {
            Assert.Equal(("3.6.0", "3.6.0", ""), await VersionsAsync(netcd.Channel, netcd.Endpoint));
            await netcd.Channel.PutManyAsync("kept", 100);
            content = await netcd.Channel.ContentAsync();
            await netcd.TerminateAsync();
        }

        (int exitCode, string log) = await ServerProcess.RefusedAsync(etcd, data, FreePort.Next());
        Assert.NotEqual(0, exitCode);
        Assert.Contains("invalid downgrade", log, StringComparison.Ordinal);

        await using (ServerProcess netcd = await ServerProcess.NetcdAsync(data, UpTo36))
        {
            DowngradeResponse enabled = await CallAsync(netcd.Channel, Action.Enable, "3.5");
            Assert.Equal("3.6", enabled.Version);
            await Poll.UntilAsync(async () => await VersionsAsync(netcd.Channel, netcd.Endpoint) == ("3.5.0", "3.5.0", "3.5.0"));
            await Poll.UntilAsync(() => Task.FromResult(netcd.Log.Contains("The server is ready to downgrade", StringComparison.Ordinal)));
            await netcd.TerminateAsync();
        }

        await using (ServerProcess older = await ServerProcess.ReadyAsync(etcd, data, FreePort.Next()))
        {
            Assert.Equal(content, await older.Channel.ContentAsync());
            await older.Channel.PutAsync("by-etcd", "1");
            await EndAsync(older.Channel);
            await older.TerminateAsync();
        }

        // No trace of 3.6 is left in the log that it reads: it starts also when no downgrade excuses that.
        await using (ServerProcess older = await ServerProcess.ReadyAsync(etcd, data, FreePort.Next()))
        {
            content = await older.Channel.ContentAsync();
            await older.TerminateAsync();
        }

        await using ServerProcess again = await ServerProcess.NetcdAsync(data);
        Assert.Equal(content, await again.Channel.ContentAsync());
        Assert.Equal(("3.5.0", "3.5.0", ""), await VersionsAsync(again.Channel, again.Endpoint));
    }

    [Fact]
    public async Task Members_of_3_6_are_replaced_by_etcd_3_5_one_after_the_other()
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, UpTo36);
        ClusterMember leader = await cluster.LeaderAsync();
        await Poll.UntilAsync(async () => (await VersionsAsync(leader.Channel, leader.Endpoint)).Cluster == "3.6.0");
        await leader.Channel.PutManyAsync("kept", 200);
        ClusterMember follower = await cluster.FollowerAsync();
        await CallAsync(follower.Channel, Action.Validate, "3.5");
        await CallAsync(follower.Channel, Action.Enable, "3.5.0");
        foreach (ClusterMember member in cluster.Members)
        {
            await Poll.UntilAsync(async () => await VersionsAsync(member.Channel, member.Endpoint) == ("3.5.0", "3.5.0", "3.5.0"));
            Assert.Equal("true", await AskAsync(member.PeerUrl + "/downgrade/enabled"));
        }

        foreach (ClusterMember member in cluster.Members)
        {
            await member.TerminateAsync();
            member.Program = etcd;
            member.Start(cluster.InitialCluster, "new");
            await member.ReadyAsync();
            await (await cluster.LeaderAsync()).Channel.PutAsync("after", member.Name);
            await cluster.AssertSameEverywhereAsync();
        }

        await Poll.UntilAsync(() => Task.FromResult(
            cluster.Members.Any(static member => member.Log.Contains("the cluster has been downgraded", StringComparison.Ordinal))));
        Assert.Equal(200, (await leader.Channel.PrefixAsync("kept")).Kvs.Count);
    }

    [Fact]
    public async Task A_downgrade_that_is_cancelled_leaves_the_cluster_where_it_was()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"), UpTo36);
        await CallAsync(netcd.Channel, Action.Enable, "3.5");
        await CallAsync(netcd.Channel, Action.Cancel, "");
        RpcException none = await Assert.ThrowsAsync<RpcException>(() => CallAsync(netcd.Channel, Action.Cancel, ""));
        Assert.Equal((StatusCode.FailedPrecondition, "etcdserver: no inflight downgrade job"), (none.StatusCode, none.Status.Detail));
        RpcException unknown = await Assert.ThrowsAsync<RpcException>(() => CallAsync(netcd.Channel, (Action)7, "3.5"));
        Assert.Equal((StatusCode.Unknown, "etcdserver: unknown method"), (unknown.StatusCode, unknown.Status.Detail));
        await Poll.UntilAsync(async () => await VersionsAsync(netcd.Channel, netcd.Endpoint) == ("3.6.0", "3.6.0", ""));
    }

    private static async Task<DowngradeResponse> CallAsync(Grpc.Net.Client.GrpcChannel channel, Action action, string version) =>
        await new Maintenance.MaintenanceClient(channel).DowngradeAsync(
            new DowngradeRequest { Action = action, Version = version }, deadline: DateTime.UtcNow.AddSeconds(30));

    /// <summary>The version of the cluster, that of the file, and the one that the cluster is being taken down to.</summary>
    private static async Task<(string Cluster, string Storage, string Target)> VersionsAsync(
        Grpc.Net.Client.GrpcChannel channel, string endpoint)
    {
        StatusResponse status = await new Maintenance.MaintenanceClient(channel).StatusAsync(
            new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(30));
        Assert.Equal(status.DowngradeInfo.Enabled, status.DowngradeInfo.TargetVersion.Length > 0);
        using JsonDocument versions = JsonDocument.Parse(await AskAsync($"http://{endpoint}/version"));
        return (versions.RootElement.GetProperty("etcdcluster").GetString()!, status.StorageVersion, status.DowngradeInfo.TargetVersion);
    }

    private static async Task<string> RefusalAsync(Grpc.Net.Client.GrpcChannel channel, Action action, string version)
    {
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel, action, version));
        return $"{refusal.StatusCode} {refusal.Status.Detail}";
    }

    /// <summary>
    /// etcd ends a downgrade itself when all members have the target's version: it may be there first. etcd 3.5 answers nobody who changes
    /// it, and does so all the same.
    /// </summary>
    private static async Task EndAsync(Grpc.Net.Client.GrpcChannel channel)
    {
        try
        {
            await CallAsync(channel, Action.Cancel, "");
        }
        catch (RpcException failure) when (failure.StatusCode is StatusCode.FailedPrecondition or StatusCode.Unavailable)
        {
            Assert.Contains("no inflight downgrade job", await RefusalAsync(channel, Action.Cancel, ""), StringComparison.Ordinal);
        }
    }

    private static async Task<string> AskAsync(string url)
    {
        using HttpClient http = new();
        return await http.GetStringAsync(new Uri(url));
    }
}
