using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Auth;

/// <summary>Members of both kinds in a cluster with users: all judge alike, whoever is asked.</summary>
public sealed class AuthClusterTests
{
    private const string PutPath = "/etcdserverpb.KV/Put";

    private static readonly string[] Options = ["--bcrypt-cost", "4", "--snapshot-count", "100"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Issue_14571_Members_of_both_kinds_judge_alike_and_hold_the_same(int netcds)
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        string[] programs = [.. Enumerable.Repeat(etcd, 3 - netcds), .. Enumerable.Repeat(NetcdProgram.Path, netcds)];
        await using ProcessCluster cluster = await ProcessCluster.StartAsync(programs, Options);
        await cluster.LeaderAsync();
        await EnableThroughAllAsync(cluster);
        await AssertJudgeAlikeAsync(cluster);
        await AssertTokensAreKnownEverywhereAsync(cluster);
        await AssertTakenByOneThatIsBehindAsync(cluster, cluster.Members[^1], cluster.Members[0]);

        // One that joins gets all from a snapshot: the entries that made users and roles are gone.
        Accounts root = await RootAsync(cluster.Members[0]);
        await PutManyAsync(cluster.Members[0].Channel, root.Token!, 300);
        await cluster.AddAsync(NetcdProgram.Path);
        await AssertJudgeAlikeAsync(cluster);
        foreach (ClusterMember member in cluster.Members)
        {
            await member.TerminateAsync();
            await AsRootAsync(cluster, cluster.Members.First(other => other.IsRunning));
            await cluster.RestartAsync(member);
            await AssertJudgeAlikeAsync(cluster);
        }

        await AssertTokensAreKnownEverywhereAsync(cluster);
        await AsRootAsync(cluster, cluster.Members[1]);
        await cluster.AssertSameEverywhereAsync();
    }

    /// <summary>Whether the member that is asked leads, and whatever kind it and the leader are: the leader alone renews, and the one that
    /// is asked passes a keep-alive on to it without a user.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_lease_is_kept_alive_through_every_member_by_who_may_write_its_keys(int netcds)
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        string[] programs = [.. Enumerable.Repeat(NetcdProgram.Path, netcds), .. Enumerable.Repeat(etcd, 3 - netcds)];
        await using ProcessCluster cluster = await ProcessCluster.StartAsync(programs, Options);
        await cluster.LeaderAsync();
        await EnableThroughAllAsync(cluster);
        string root = (await RootAsync(cluster.Members[0])).Token!;
        long[] leases = [7_001, 7_002, 7_003];
        string[] keys = ["data", "other", ""];
        foreach ((long lease, string key) in leases.Zip(keys))
        {
            await Rpc.AnswerAsync(
                cluster.Members[0].Channel, "/etcdserverpb.Lease/LeaseGrant", new LeaseGrantRequest { ID = lease, TTL = 600 }, root);
            if (key.Length > 0)
            {
                PutRequest put = new() { Key = ByteString.CopyFromUtf8(key), Lease = lease };
                Assert.Equal(Rpc.Served, await Rpc.AnswerAsync(cluster.Members[0].Channel, PutPath, put, root));
            }
        }

        // Each member leads once.
        for (int turn = 0; turn < cluster.Members.Count; turn++)
        {
            ClusterMember next = cluster.Members[turn];
            await cluster.MoveLeaderAsync(next);
            foreach (ClusterMember member in cluster.Members)
            {
                await AssertKeepAlivesAsync(member, leases);
            }
        }
    }

    private static async Task AssertKeepAlivesAsync(ClusterMember member, long[] leases)
    {
        Accounts accounts = new(member.Channel);
        string writer = await accounts.LogInAsync("writer");
        string reader = await accounts.LogInAsync("reader");
        const string denied = "PermissionDenied: etcdserver: permission denied";
        foreach ((string user, string token, string[] answers) in new[]
        {
            ("writer", writer, new[] { Rpc.Served, denied, Rpc.Served }), ("reader", reader, [denied, denied, Rpc.Served]),
        })
        {
            foreach ((long lease, string answer) in leases.Zip(answers))
            {
                string given = await Rpc.AnswerAsync(
                    member.Channel, "/etcdserverpb.Lease/LeaseKeepAlive", new LeaseKeepAliveRequest { ID = lease }, token);
                Assert.True(given == answer, $"{member.Name} ({member.Program}), {user}, lease {lease}: {given}");
            }
        }
    }

    /// <summary>PR 21494: a promotion that a follower passes on to the leader was refused there, or done for anybody.</summary>
    [Fact]
    public async Task PR_21494_A_learner_is_promoted_through_a_follower_by_root_and_by_nobody_else()
    {
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3, Options);
        ClusterMember follower = await cluster.FollowerAsync();
        await EnableThroughAllAsync(cluster);
        ClusterMember learner = await cluster.AddAsync(NetcdProgram.Path, asLearner: true);
        ulong id = await cluster.IdOfAsync(learner);
        MemberPromoteRequest promotion = new() { ID = id };
        const string path = "/etcdserverpb.Cluster/MemberPromote";
        Assert.Equal("InvalidArgument: etcdserver: user name is empty", await Rpc.AnswerAsync(follower.Channel, path, promotion));
        string reader = await new Accounts(follower.Channel).LogInAsync("reader");
        Assert.Equal("PermissionDenied: etcdserver: permission denied", await Rpc.AnswerAsync(follower.Channel, path, promotion, reader));
        Assert.True((await cluster.MembersAsync()).Single(member => member.ID == id).IsLearner);

        string root = (await RootAsync(follower)).Token!;
        await Poll.UntilAsync(async () => await Rpc.AnswerAsync(follower.Channel, path, promotion, root) == Rpc.Served);
        Assert.False((await cluster.MembersAsync()).Single(member => member.ID == id).IsLearner);
    }

    /// <summary>Makes users and roles, each through another member, and has the last member have users say who they are.</summary>
    private static async Task EnableThroughAllAsync(ProcessCluster cluster)
    {
        Accounts[] at = [.. cluster.Members.Select(static member => new Accounts(member.Channel))];
        await at[0].AddRoleAsync("reading", Permit.Read("data"));
        await at[1].AddRoleAsync("writing", Permit.Both("data"), Permit.Write("more", "most"));
        await at[2].AddUserAsync("reader", "reading");
        await at[0].AddUserAsync("writer", "writing");
        await at[1].AddUserAsync("spare", "reading", "writing");
        await at[2].EnableAsync();
        cluster.SignIn(at[2].Token!);
        await at[2].TakeAsync("spare", "writing");
    }

    private static async Task<Accounts> RootAsync(ClusterMember member)
    {
        Accounts accounts = new(member.Channel);
        await Poll.UntilAsync(async () =>
        {
            try
            {
                accounts.Token = await accounts.LogInAsync(Accounts.Root);
                return true;
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.Unavailable)
            {
                return false;
            }
        });
        return accounts;
    }

    private static async Task AsRootAsync(ProcessCluster cluster, ClusterMember via) => cluster.SignIn((await RootAsync(via)).Token!);

    /// <summary>Nobody without a user is served anywhere, users are served alike, and the pictures of users and roles are the
    /// same.</summary>
    private static async Task AssertJudgeAlikeAsync(ProcessCluster cluster)
    {
        await AsRootAsync(cluster, cluster.Members[0]);
        await cluster.LeaderAsync();
        HashSet<string> pictures = [];
        foreach (ClusterMember member in cluster.Members)
        {
            Accounts accounts = await RootAsync(member);
            pictures.Add(await accounts.PictureAsync());
            string writer = await accounts.LogInAsync("writer");
            string reader = await accounts.LogInAsync("reader");
            Assert.Equal("InvalidArgument: etcdserver: user name is empty", await PutAsync(member, "data", null));
            Assert.Equal("Unauthenticated: etcdserver: invalid auth token", await PutAsync(member, "data", "made.up"));
            Assert.Equal(Rpc.Served, await PutAsync(member, "data", writer));
            Assert.Equal(Rpc.Served, await PutAsync(member, "more", writer));
            Assert.Equal("PermissionDenied: etcdserver: permission denied", await PutAsync(member, "other", writer));
            Assert.Equal("PermissionDenied: etcdserver: permission denied", await PutAsync(member, "data", reader));
        }

        Assert.Single(pictures);
    }

    /// <summary>A simple token ends with the index of its entry: all members have to find the same one.</summary>
    private static async Task AssertTokensAreKnownEverywhereAsync(ProcessCluster cluster)
    {
        foreach (ClusterMember issuer in cluster.Members)
        {
            string token = await new Accounts(issuer.Channel).LogInAsync("writer");
            foreach (ClusterMember member in cluster.Members)
            {
                // A member of etcd that has not applied the entry yet does not know the token; netcd waits for the entry.
                string answer = await PutAsync(member, "data", token);
                Assert.True(
                    answer == Rpc.Served || member.Program != NetcdProgram.Path,
                    $"{member.Name}, a token of {issuer.Name} ({issuer.Program}): {answer}");
                await Poll.UntilAsync(async () => await PutAsync(member, "data", token) == Rpc.Served);
            }
        }
    }

    /// <summary>A member that stood still while another made a token takes it when it goes on, instead of refusing what it does not know
    /// yet.</summary>
    private static async Task AssertTakenByOneThatIsBehindAsync(ProcessCluster cluster, ClusterMember behind, ClusterMember issuer)
    {
        behind.Pause();
        string token;
        try
        {
            Accounts accounts = await RootAsync(issuer);
            await accounts.AddUserAsync("latecomer", "writing");
            token = await accounts.LogInAsync("latecomer");
        }
        finally
        {
            behind.Resume();
        }

        Assert.Equal(Rpc.Served, await PutAsync(behind, "data", token));
        await AsRootAsync(cluster, behind);
        Accounts root = await RootAsync(behind);
        await root.DeleteUserAsync("latecomer");
        foreach (ClusterMember member in cluster.Members)
        {
            await (await RootAsync(member)).PictureAsync();
            Assert.Equal("Unauthenticated: etcdserver: invalid auth token", await PutAsync(member, "data", token));
        }
    }

    private static async Task PutManyAsync(GrpcChannel channel, string token, int count)
    {
        for (int n = 0; n < count; n++)
        {
            PutRequest put = new() { Key = ByteString.CopyFromUtf8("many-" + n.ToString(CultureInfo.InvariantCulture)) };
            Assert.Equal(Rpc.Served, await Rpc.AnswerAsync(channel, PutPath, put, token));
        }
    }

    private static Task<string> PutAsync(ClusterMember member, string key, string? token) =>
        Rpc.AnswerAsync(member.Channel, PutPath, new PutRequest { Key = ByteString.CopyFromUtf8(key) }, token);
}
