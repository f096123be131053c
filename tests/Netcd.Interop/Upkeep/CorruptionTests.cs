using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Upkeep;

/// <summary>A member whose database was changed behind its back is found, whichever program it and the others run.</summary>
public sealed class CorruptionTests
{
    private const string Precious = "a-value-that-stands-nowhere-else";
    private static readonly string[] Periodic = ["--experimental-corrupt-check-time", "1s"];
    private static readonly string[] AfterCompactions =
        ["--experimental-compact-hash-check-enabled", "--experimental-compact-hash-check-time", "1s"];

    /// <summary>The program of the members that are whole, and of the one that is damaged.</summary>
    public static TheoryData<string, string> Programs => new() { { "netcd", "netcd" }, { "netcd", "etcd" }, { "etcd", "netcd" } };

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task It_does_not_start_where_it_checks_itself_first(string whole, string damaged)
    {
        // etcd 3.5 knows its peers at that point by a raft snapshot alone.
        await using ProcessCluster cluster = await StartAsync(
            whole, damaged, "--experimental-initial-corrupt-check", "--snapshot-count", "10");
        ClusterMember member = await StopAndDamageAsync(cluster);
        string id = await cluster.HexIdOfAsync(member);
        member.Start(cluster.InitialCluster, "new", "--experimental-initial-corrupt-check");
        Assert.NotEqual(0, await member.EndedAsync());
        Assert.Contains($"{id} found data inconsistency with peers", member.Log, StringComparison.Ordinal);
        Assert.Contains("found different hash values from remote peer", member.Log, StringComparison.Ordinal);

        // The others are none the worse for it.
        await (await cluster.LeaderAsync()).Channel.PutAsync("after", "1");
    }

    [Theory]
    [InlineData("netcd", "netcd")]
    [InlineData("netcd", "etcd")]
    public async Task A_member_that_is_whole_starts_where_it_checks_itself_first(string whole, string other)
    {
        await using ProcessCluster cluster = await StartAsync(
            whole, other, "--experimental-initial-corrupt-check", "--snapshot-count", "10");
        ClusterMember member = await cluster.FollowerAsync();
        await member.TerminateAsync();
        await (await cluster.LeaderAsync()).Channel.PutManyAsync("meanwhile", 20);
        await cluster.RestartAsync(member);
        await member.HasLoggedAsync("initial corruption checking passed; no corruption");
        await cluster.AssertSameEverywhereAsync();
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task The_periodic_check_raises_the_alarm_for_it(string whole, string damaged)
    {
        await using ProcessCluster cluster = await StartAsync(whole, damaged, Periodic);
        ClusterMember member = await StopAndDamageAsync(cluster);
        ulong id = IsMeant(whole) ? await cluster.IdOfAsync(member) : 0;
        await cluster.RestartAsync(member);
        Assert.Equal([id], await AlarmsAsync(cluster));
        ClusterMember leader = await cluster.LeaderAsync();
        Assert.NotEqual(member, leader);
        await Poll.UntilAsync(() => Task.FromResult(
            leader.Log.Contains("same compact revision then hashes must match", StringComparison.Ordinal)));
        await AssertRefusesWritesAsync(leader);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task The_check_of_compactions_raises_the_alarm_for_it(string whole, string damaged)
    {
        await using ProcessCluster cluster = await StartAsync(whole, damaged, AfterCompactions);
        ClusterMember member = await StopAndDamageAsync(cluster);
        ulong id = IsMeant(whole) ? await cluster.IdOfAsync(member) : 0;
        await cluster.RestartAsync(member);
        ClusterMember leader = await cluster.LeaderAsync();
        Assert.NotEqual(member, leader);
        long revision = (await leader.Channel.PutAsync("last", "1")).Header.Revision;
        await new KV.KVClient(leader.Channel).CompactAsync(new CompactionRequest { Revision = revision, Physical = true });
        Assert.Equal([id], await AlarmsAsync(cluster));
        if (IsMeant(whole))
        {
            await Poll.UntilAsync(() => Task.FromResult(leader.Log.Contains("finished compaction hash check", StringComparison.Ordinal)));
            await leader.HasLoggedAsync("Detected compaction hash mismatch");
        }

        await AssertRefusesWritesAsync(leader);
    }

    [Fact]
    public async Task Members_that_are_whole_pass_all_checks_while_they_write_and_compact()
    {
        await using ProcessCluster cluster = await StartAsync(
            "netcd", "etcd", [.. Periodic, .. AfterCompactions, "--auto-compaction-retention", "1s"]);
        ClusterMember netcd = cluster.Members[0];
        await cluster.MoveLeaderAsync(netcd);
        int n = 0;
        await Poll.UntilAsync(async () =>
        {
            await netcd.Channel.PutAsync($"key/{n++ % 50}", $"value-{n}");
            return netcd.Log.Contains("successfully checked hash on whole cluster", StringComparison.Ordinal)
                && netcd.Log.Contains("finished peer corruption check", StringComparison.Ordinal);
        });
        AlarmResponse alarms = await new Maintenance.MaintenanceClient(netcd.Channel).AlarmAsync(new AlarmRequest());
        Assert.Empty(alarms.Alarms);
    }

    /// <summary>The damaged program is one of three, so that the others are a majority.</summary>
    private static async Task<ProcessCluster> StartAsync(string whole, string damaged, params string[] more)
    {
        string one = await ProgramAsync(whole);
        ProcessCluster cluster = await ProcessCluster.StartAsync(
            [one, one, await ProgramAsync(damaged)], [.. ProcessCluster.SlowElections, .. more]);
        ClusterMember last = cluster.Members[2];
        if (await cluster.LeaderAsync() == last)
        {
            await cluster.MoveLeaderAsync(cluster.Members[0]);
        }

        return cluster;
    }

    /// <summary>etcd 3.5 raises the alarm for member 0, whoever it is that differs.</summary>
    private static bool IsMeant(string whole) => whole != "etcd";

    private static async Task<string> ProgramAsync(string name) => name == "etcd" ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path;

    private static async Task<ClusterMember> StopAndDamageAsync(ProcessCluster cluster)
    {
        ClusterMember member = cluster.Members[2];
        await cluster.Members[0].Channel.PutAsync("precious", Precious);
        await cluster.Members[0].Channel.PutManyAsync("others", 20);
        await cluster.AssertSameEverywhereAsync();
        await member.TerminateAsync();
        DamagedMember.Change(member.DataDirectory, Precious);
        return member;
    }

    /// <summary>The members that have the alarm, once there is one.</summary>
    private static async Task<ulong[]> AlarmsAsync(ProcessCluster cluster)
    {
        AlarmResponse alarms = new();
        await Poll.UntilAsync(async () =>
        {
            alarms = await new Maintenance.MaintenanceClient(cluster.Members[0].Channel).AlarmAsync(
                new AlarmRequest(), deadline: DateTime.UtcNow.AddSeconds(30));
            return alarms.Alarms.Count > 0;
        });
        Assert.All(alarms.Alarms, static alarm => Assert.Equal(AlarmType.Corrupt, alarm.Alarm));
        return [.. alarms.Alarms.Select(static alarm => alarm.MemberID)];
    }

    private static async Task AssertRefusesWritesAsync(ClusterMember member)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => member.Channel.PutAsync("more", "1"));
        Assert.Equal((StatusCode.DataLoss, "etcdserver: corrupt cluster"), (refused.StatusCode, refused.Status.Detail));
        RangeResponse read = await new KV.KVClient(member.Channel).RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8("precious") });
        Assert.Equal(Precious, read.Kvs.Single().Value.ToStringUtf8());
    }
}
