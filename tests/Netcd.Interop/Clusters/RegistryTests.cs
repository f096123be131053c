using System.Globalization;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;
using Netcd.Testing.Security;

namespace Netcd.Interop.Clusters;

/// <summary>Clusters whose members find each other by the keys of another cluster (<c>--discovery-token</c>), of either program.</summary>
public sealed class RegistryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Three_members_find_each_other_and_one_that_comes_late_finds_no_room(bool isByEtcd)
    {
        await using ServerProcess registry = await RegistryAsync(isByEtcd);
        await SetAsync(registry, "tok-en/_config/size", "3");
        await using ProcessCluster cluster = ProcessCluster.Prepare(3);
        string[] discovery = Discovery(registry, "tok-en");
        cluster.Members[0].StartByDiscovery(discovery);
        cluster.Members[1].StartByDiscovery(discovery);
        await LoggedAsync(cluster.Members[0], "waiting for peers from discovery service");
        cluster.Members[2].StartByDiscovery(discovery);
        await Task.WhenAll(cluster.Members.Select(static member => member.ReadyAsync()));
        await cluster.AssertSameEverywhereAsync();

        IReadOnlyList<Member> listed = await cluster.MembersAsync();
        Assert.Equal(["m1", "m2", "m3"], listed.Select(static member => member.Name).Order(StringComparer.Ordinal));
        RangeResponse keys = await registry.Channel.PrefixAsync("/_etcd/registry/tok-en/members");
        Assert.Equal(
            listed.Select(static member => (
                "/_etcd/registry/tok-en/members/" + member.ID.ToString("x", CultureInfo.InvariantCulture),
                $"{member.Name}={member.PeerURLs.Single()}")).Order(),
            keys.Kvs.Select(static record => (record.Key.ToStringUtf8(), record.Value.ToStringUtf8())).Order());

        (int exitCode, string log) = await ServerProcess.RefusedAsync(
            NetcdProgram.Path, folder.At("late"), FreePort.Next(), discovery);
        Assert.Equal(1, exitCode);
        Assert.Contains("failed to join discovery cluster (discovery: cluster is full)", log, StringComparison.Ordinal);
        Assert.Contains("do not reuse discovery token; generate a new one to bootstrap a cluster", log, StringComparison.Ordinal);

        // Who has data needs nobody.
        ClusterMember again = cluster.Members[1];
        await again.TerminateAsync();
        await registry.TerminateAsync();
        again.StartByDiscovery(discovery);
        await again.ReadyAsync();
        Assert.Contains("discovery token is ignored since cluster already initialized", again.Log, StringComparison.Ordinal);
    }

    /// <summary>etcd 3.5 has no such discovery: its member is told the cluster, with the token that the others take for its name.</summary>
    [Fact]
    public async Task Members_that_find_each_other_make_one_cluster_with_a_member_of_etcd_of_the_same_token()
    {
        await using ServerProcess registry = await RegistryAsync(isByEtcd: true);
        await SetAsync(registry, "mixed/_config/size", "3");
        await using ProcessCluster cluster = ProcessCluster.Prepare(3);
        ClusterMember etcd = cluster.Members[2];
        etcd.Program = await EtcdPrograms.EtcdAsync();
        cluster.Members[0].StartByDiscovery(Discovery(registry, "mixed"));
        cluster.Members[1].StartByDiscovery(Discovery(registry, "mixed"));
        await SetAsync(registry, "mixed/members/1234", $"{etcd.Name}={etcd.PeerUrl}");
        etcd.Start(cluster.InitialCluster, "new", "--initial-cluster-token", "mixed");
        await Task.WhenAll(cluster.Members.Select(static member => member.ReadyAsync()));
        await etcd.Channel.PutAsync("by-etcd", "1");
        await cluster.Members[0].Channel.PutAsync("by-netcd", "2");
        await cluster.AssertSameEverywhereAsync();
    }

    [Theory]
    [InlineData(null, "discovery: size key not found")]
    [InlineData("three", "discovery: size key is bad")]
    [InlineData("0", "discovery: size key is bad")]
    [InlineData("-1", "discovery: size key is bad")]
    public async Task A_cluster_that_was_not_prepared_is_not_joined(string? size, string reason)
    {
        await using ServerProcess registry = await RegistryAsync(isByEtcd: true);
        if (size is not null)
        {
            await SetAsync(registry, "unprepared/_config/size", size);
        }

        (int exitCode, string log) = await ServerProcess.RefusedAsync(
            NetcdProgram.Path, folder.At("data"), FreePort.Next(), Discovery(registry, "unprepared"));
        Assert.Equal(1, exitCode);
        Assert.Contains($"failed to join discovery cluster ({reason})", log, StringComparison.Ordinal);
        Assert.Empty((await registry.Channel.PrefixAsync("/_etcd/registry/unprepared/members")).Kvs);
    }

    [Theory]
    [InlineData("default=http://localhost:7", "has several members of the name \"default\"")]
    [InlineData("other=http://localhost:2380", "has duplicate url")]
    [InlineData("other=localhost", "discovery: invalid peer URL")]
    public async Task Members_that_do_not_fit_together_make_no_cluster(string other, string reason)
    {
        await using ServerProcess registry = await RegistryAsync(isByEtcd: false);
        await SetAsync(registry, "unfit/_config/size", "2");
        await SetAsync(registry, "unfit/members/77", other);
        (int exitCode, string log) = await ServerProcess.RefusedAsync(
            NetcdProgram.Path, folder.At("data"), FreePort.Next(), Discovery(registry, "unfit"));
        Assert.Equal(1, exitCode);
        Assert.Contains(reason.Replace("\"", "\\\"", StringComparison.Ordinal), log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_answer_is_tried_again_until_it_does_beside_the_others()
    {
        int port = FreePort.Next();
        string data = folder.At("registry");
        await using (ServerProcess prepared = await ServerProcess.NetcdAsync(data))
        {
            await SetAsync(prepared, "patient/_config/size", "1");
            await prepared.TerminateAsync();
        }

        await using ProcessCluster cluster = ProcessCluster.Prepare(1);
        ClusterMember member = cluster.Members[0];
        member.StartByDiscovery(
            "--discovery-token=patient", $"--discovery-endpoints=127.0.0.1:{FreePort.Next()},http://127.0.0.1:{port}",
            "--discovery-dial-timeout=1s");
        await LoggedAsync(member, "retry connecting to discovery service");
        Assert.True(member.IsRunning);
        await using ServerProcess registry = await ServerProcess.ReadyAsync(NetcdProgram.Path, data, port);
        await member.ReadyAsync();
    }

    [Fact]
    public async Task Users_and_certificates_are_shown_to_the_other_cluster()
    {
        using TestAuthority authority = new(folder.Path, "registry");
        (string certificate, string key) = authority.Sign("localhost");
        string trusted = folder.At("trusted.pem");
        await File.WriteAllTextAsync(trusted, authority.Pem);
        await using ServerProcess registry = await ServerProcess.EtcdAsync(folder.At("registry"));
        await SetAsync(registry, "guarded/_config/size", "1");
        await WithUsersAsync(registry);
        await registry.TerminateAsync();

        int secure = FreePort.Next();
        await using ServerProcess guarded = await ServerProcess.ReadyAsync(
            await EtcdPrograms.EtcdAsync(), folder.At("registry"), FreePort.Next(),
            "--listen-client-urls", $"https://127.0.0.1:{secure}", "--advertise-client-urls", $"https://127.0.0.1:{secure}",
            "--cert-file", certificate, "--key-file", key, "--client-cert-auth", "--trusted-ca-file", trusted);
        string[] discovery =
        [
            "--initial-cluster=", "--discovery-token=guarded", $"--discovery-endpoints=localhost:{secure}",
            "--discovery-insecure-transport=false",
            "--discovery-cacert", trusted, "--discovery-cert", certificate, "--discovery-key", key,
        ];
        (int exitCode, string log) = await ServerProcess.RefusedAsync(
            NetcdProgram.Path, folder.At("refused"), FreePort.Next(),
            [.. discovery, "--discovery-user=root", "--discovery-password=wrong"]);
        Assert.Equal(1, exitCode);
        Assert.Contains(
            "failed to join discovery cluster (etcdserver: authentication failed, invalid user ID or password)",
            log,
            StringComparison.Ordinal);
        await using ServerProcess member = await ServerProcess.NetcdAsync(
            folder.At("member"), [.. discovery, "--discovery-user=root:secret"]);
        await member.HasLoggedAsync("discovery joined cluster successfully");
        await member.TerminateAsync();
    }

    private static async Task WithUsersAsync(ServerProcess server)
    {
        Protocol.V3.Auth.AuthClient auth = new(server.Channel);
        await auth.UserAddAsync(new AuthUserAddRequest { Name = "root", Password = "secret" });
        await auth.RoleAddAsync(new AuthRoleAddRequest { Name = "root" });
        await auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = "root", Role = "root" });
        await auth.AuthEnableAsync(new AuthEnableRequest());
    }

    private static string[] Discovery(ServerProcess registry, string token) =>
        ["--initial-cluster=", "--discovery-token", token, "--discovery-endpoints", registry.Endpoint];

    private static async Task SetAsync(ServerProcess registry, string key, string value) =>
        await registry.Channel.PutAsync("/_etcd/registry/" + key, value);

    private static Task LoggedAsync(ClusterMember member, string text) =>
        Poll.UntilAsync(() => Task.FromResult(member.Log.Contains(text, StringComparison.Ordinal)));

    private Task<ServerProcess> RegistryAsync(bool isByEtcd) =>
        isByEtcd ? ServerProcess.EtcdAsync(folder.At("registry")) : ServerProcess.NetcdAsync(folder.At("registry"));
}
