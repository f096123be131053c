using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Auth;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Upkeep;

/// <summary>History that members compact of their own accord.</summary>
public sealed class AutoCompactionTests
{
    private const string Starting = "starting auto periodic compaction";
    private const string Completed = "completed auto periodic compaction";
    private static readonly string[] EverySecond = ["--auto-compaction-mode", "periodic", "--auto-compaction-retention", "1s"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_member_alone_compacts_and_logs_as_etcd_does(bool isEtcd)
    {
        using TemporaryFolder folder = new();
        string program = isEtcd ? await EtcdPrograms.EtcdAsync() : NetcdProgram.Path;
        await using ServerProcess server = await ServerProcess.ReadyAsync(program, folder.At("data"), FreePort.Next(), EverySecond);
        long first = (await server.Channel.PutAsync("aged", "1")).Header.Revision;
        await Poll.UntilAsync(async () =>
        {
            await server.Channel.PutAsync("aged", "more");
            return await IsCompactedAsync(server.Channel, first, []);
        });
        await server.HasLoggedAsync(Starting);
        await Poll.UntilAsync(() => Task.FromResult(server.Log.Contains(Completed, StringComparison.Ordinal)));
        Assert.Contains("\"compact-period\":\"1s\"", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_cluster_the_leader_compacts_alone_and_a_new_one_goes_on_with_it()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, [.. EverySecond, .. ProcessCluster.SlowElections]);
        ClusterMember leader = await cluster.LeaderAsync();
        await CompactedAsync(leader.Channel, []);
        Assert.All(
            cluster.Members.Where(member => member != leader),
            static member => Assert.DoesNotContain(Starting, member.Log, StringComparison.Ordinal));
        await leader.KillAsync();
        ClusterMember next = await cluster.LeaderAsync();
        await CompactedAsync(next.Channel, []);
        await next.HasLoggedAsync(Completed);
    }

    [Fact]
    public async Task Members_of_both_kinds_compact_together_whoever_leads()
    {
        await using ProcessCluster cluster = await ProcessCluster.StartAsync(
            [NetcdProgram.Path, await EtcdPrograms.EtcdAsync(), NetcdProgram.Path], EverySecond);
        foreach (ClusterMember member in cluster.Members)
        {
            await cluster.MoveLeaderAsync(member);
            await CompactedAsync(member.Channel, []);
        }

        await cluster.AssertSameEverywhereAsync();
    }

    [Fact]
    public async Task With_users_the_member_needs_none_to_compact()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"), EverySecond);
        Accounts accounts = new(server.Channel);
        await accounts.EnableAsync();
        await CompactedAsync(server.Channel, Rpc.Headers(accounts.Token));
    }

    private static async Task CompactedAsync(Grpc.Net.Client.GrpcChannel channel, Grpc.Core.Metadata headers)
    {
        PutRequest request = new() { Key = ByteString.CopyFromUtf8("aged") };
        KV.KVClient client = new(channel);
        long first = (await client.PutAsync(request, headers, DateTime.UtcNow.AddSeconds(30))).Header.Revision;
        await Poll.UntilAsync(async () =>
        {
            await client.PutAsync(request, headers, DateTime.UtcNow.AddSeconds(30));
            return await IsCompactedAsync(channel, first, headers);
        });
    }

    private static async Task<bool> IsCompactedAsync(Grpc.Net.Client.GrpcChannel channel, long revision, Grpc.Core.Metadata headers)
    {
        try
        {
            await new KV.KVClient(channel).RangeAsync(
                new RangeRequest { Key = ByteString.CopyFromUtf8("aged"), Revision = revision }, headers, DateTime.UtcNow.AddSeconds(30));
            return false;
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.OutOfRange)
        {
            return true;
        }
    }
}
