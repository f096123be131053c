using Netcd.Client;
using Netcd.Client.Coordination;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Watches;

namespace Netcd.ClientTests.Coordination;

/// <summary>What etcd's own program holds we do not get, and the other way round.</summary>
public sealed class EtcdctlTests(SharedServers servers)
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Locks_of_etcdctl_and_ours_exclude_each_other(Server server)
    {
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        string name = $"shared-lock-{server}";
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession session = await client.Coordination.OpenSessionAsync();
        EtcdLock ours = await session.Mutex(name).LockAsync();
        await using (LiveCommand theirs = LiveCommand.Start(etcdctl, ["--endpoints", servers.EndpointOf(server), "lock", name]))
        {
            await Poll.UntilAsync(async () => (await client.Keys.RangeAsync(KeyRange.Prefix(name + "/"))).KeyValues.Count == 2);
            Assert.Equal("", theirs.Output);
            Assert.True(await ours.IsHeldAsync());
            await ours.ReleaseAsync();

            // It writes the key that it has, and holds it as long as it runs.
            await theirs.UntilAsync(output => output.Contains(name + "/", StringComparison.Ordinal));
            Assert.Null(await session.Mutex(name).TryLockAsync());
            Task<EtcdLock> waiting = session.Mutex(name).LockAsync();
            await Poll.UntilAsync(async () => (await client.Keys.RangeAsync(KeyRange.Prefix(name + "/"))).KeyValues.Count == 2);
            Assert.False(waiting.IsCompleted);
            theirs.Interrupt();
            await using EtcdLock again = await waiting;
            Assert.True(again.FencingToken > ours.FencingToken);
        }
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Elections_of_etcdctl_and_ours_have_one_leader(Server server)
    {
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        string name = $"shared-election-{server}";
        await using EtcdClient client = servers.ClientOf(server);
        await using EtcdSession session = await client.Coordination.OpenSessionAsync();
        await using LiveCommand theirs = LiveCommand.Start(
            etcdctl, ["--endpoints", servers.EndpointOf(server), "elect", name, "said by etcdctl"]);
        await theirs.UntilAsync(static output => output.Contains("said by etcdctl", StringComparison.Ordinal));
        Assert.Equal("said by etcdctl", (await session.Election(name).LeaderAsync())!.ValueText);
        Task<EtcdLeadership> waiting = session.Election(name).CampaignAsync("said by us");
        await using LiveCommand listening = LiveCommand.Start(
            etcdctl, ["--endpoints", servers.EndpointOf(server), "elect", "--listen", name]);
        await listening.UntilAsync(static output => output.Contains("said by etcdctl", StringComparison.Ordinal));
        Assert.False(waiting.IsCompleted);
        theirs.Interrupt();
        await using EtcdLeadership ours = await waiting;
        await listening.UntilAsync(static output => output.Contains("said by us", StringComparison.Ordinal));
        await ours.ProclaimAsync("and more");
        await listening.UntilAsync(static output => output.Contains("and more", StringComparison.Ordinal));
    }
}
