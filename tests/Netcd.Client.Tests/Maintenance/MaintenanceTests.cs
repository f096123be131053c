using System.Text;
using Netcd.Client;
using Netcd.Client.Cluster;
using Netcd.Client.Maintenance;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Processes;

namespace Netcd.ClientTests.Maintenance;

public sealed class MaintenanceTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_member_tells_how_it_is_and_what_it_holds(Server server)
    {
        await using EtcdClient client = servers.ClientOf(server);
        string endpoint = servers.EndpointOf(server);
        long revision = (await client.Keys.PutAsync("maintenance", $"of {server}")).Header.Revision;
        MemberStatus status = await client.Maintenance.StatusAsync(endpoint);
        Assert.Equal((status.Header.MemberId, false), (status.Leader, status.IsLearner));
        Assert.StartsWith("3.", status.Version, StringComparison.Ordinal);
        Assert.InRange(status.DatabaseBytesInUse, 1, status.DatabaseBytes);
        Assert.InRange(status.RaftAppliedIndex, 1ul, status.RaftIndex);
        Assert.Empty(status.Errors);
        HashKvResult hash = await client.Maintenance.HashKvAsync(endpoint, revision);
        Assert.Equal(hash.Hash, (await client.Maintenance.HashKvAsync(endpoint, revision)).Hash);
        Assert.NotEqual(0u, (await client.Maintenance.HashAsync(endpoint)).Hash);
        await client.Maintenance.DefragmentAsync(endpoint);
        Assert.Empty((await client.Maintenance.AlarmsAsync()).Alarms);
        Assert.Empty((await client.Maintenance.DisarmAsync(new Alarm(0, AlarmKind.Any))).Alarms);
        EtcdException far = await Assert.ThrowsAsync<EtcdException>(
            () => client.Maintenance.DowngradeAsync(DowngradeAction.Validate, "3.1"));
        Assert.Equal("etcdserver: invalid downgrade target version", far.Message);
        string nobody = $"127.0.0.1:{FreePort.Next()}";
        EtcdUnavailableException away = await Assert.ThrowsAsync<EtcdUnavailableException>(() => client.Maintenance.StatusAsync(nobody));
        Assert.Contains(nobody, away.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_snapshot_is_one_that_etcdutl_takes_and_a_damaged_one_is_found_out(Server server)
    {
        byte[] mark = Encoding.UTF8.GetBytes($"a mark for the proxy before {server}");
        await using EtcdClient client = servers.ClientOf(server);
        await client.Keys.PutAsync("snapshot", mark);
        using TemporaryFolder folder = new();
        string file = folder.At("saved.db");
        List<SnapshotProgress> told = [];
        SnapshotResult saved;
        await using (FileStream destination = File.Create(file))
        {
            saved = await client.Maintenance.SnapshotAsync(servers.EndpointOf(server), destination, new Told(told));
        }

        Assert.Equal((new FileInfo(file).Length, 0L), (saved.Bytes, told[^1].Remaining));
        Assert.Equal(saved.Bytes, told[^1].Bytes);
        (await Command.RunAsync(await EtcdPrograms.EtcdutlAsync(), "snapshot", "status", file)).Succeeded();

        using FaultProxy proxy = new(servers.PortOf(server)) { Damages = mark };
        EtcdException damaged = await Assert.ThrowsAsync<EtcdException>(
            () => client.Maintenance.SnapshotAsync(proxy.Endpoint, Stream.Null));
        Assert.Equal(EtcdStatusCode.DataLoss, damaged.Code);
        Assert.Contains("damaged", damaged.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Members_are_listed_added_moved_and_removed(Server server)
    {
        using TemporaryFolder folder = new();
        await using ServerProcess process = server == Server.Netcd
            ? await ServerProcess.NetcdAsync(folder.At("data"))
            : await ServerProcess.EtcdAsync(folder.At("data"));
        await using EtcdClient client = new(process.Endpoint);
        Member first = Assert.Single((await client.Cluster.MembersAsync()).Members);
        Assert.Equal(("default", false, $"http://{process.Endpoint}"), (first.Name, first.IsLearner, Assert.Single(first.ClientUrls)));
        MemberAdded added = await client.Cluster.AddAsync(["http://127.0.0.1:1"], asLearner: true);
        Assert.Equal(("", true, 2), (added.Added.Name, added.Added.IsLearner, added.Members.Count));
        MemberList moved = await client.Cluster.UpdateAsync(added.Added.Id, ["http://127.0.0.1:2", "http://127.0.0.1:3"]);
        Assert.Equal(
            ["http://127.0.0.1:2", "http://127.0.0.1:3"],
            moved.Members.Single(member => member.Id == added.Added.Id).PeerUrls.Order());
        EtcdException early = await Assert.ThrowsAsync<EtcdException>(() => client.Cluster.PromoteAsync(added.Added.Id));
        Assert.Equal("etcdserver: can only promote a learner member which is in sync with leader", early.Message);
        Assert.Equal(["http://" + process.Endpoint], await client.Cluster.RefreshEndpointsAsync());
        Assert.Equal(first.Id, Assert.Single((await client.Cluster.RemoveAsync(added.Added.Id)).Members).Id);
        EtcdException gone = await Assert.ThrowsAsync<EtcdException>(() => client.Cluster.RemoveAsync(added.Added.Id));
        Assert.Equal(EtcdStatusCode.NotFound, gone.Code);
        Assert.Single((await client.Cluster.MembersAsync(linearizable: false)).Members);
    }

    private sealed class Told(List<SnapshotProgress> told) : IProgress<SnapshotProgress>
    {
        public void Report(SnapshotProgress value) => told.Add(value);
    }
}
