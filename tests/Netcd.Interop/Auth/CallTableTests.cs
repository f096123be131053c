using Google.Protobuf;
using Google.Protobuf.Reflection;
using Netcd.Engine.Auth;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Auth;

/// <summary>The table that says who may make a call has all calls in it that a server answers, and no others.</summary>
public sealed class CallTableTests
{
    /// <summary>The paths of etcd's gateway.</summary>
    private static readonly string[] GatewayPaths =
    [
        "kv/range", "kv/put", "kv/deleterange", "kv/txn", "kv/compaction", "watch", "lease/grant", "lease/revoke", "lease/keepalive",
        "lease/timetolive", "lease/leases", "kv/lease/revoke", "kv/lease/timetolive", "kv/lease/leases", "cluster/member/add",
        "cluster/member/remove", "cluster/member/update", "cluster/member/list", "cluster/member/promote", "maintenance/alarm",
        "maintenance/status", "maintenance/defragment", "maintenance/hash", "maintenance/hashkv", "maintenance/snapshot",
        "maintenance/transfer-leadership", "maintenance/downgrade", "auth/enable", "auth/disable", "auth/status", "auth/authenticate",
        "auth/user/add", "auth/user/get", "auth/user/list", "auth/user/delete", "auth/user/changepw", "auth/user/grant", "auth/user/revoke",
        "auth/role/add", "auth/role/get", "auth/role/list", "auth/role/delete", "auth/role/grant", "auth/role/revoke", "lock/lock",
        "lock/unlock", "election/campaign", "election/proclaim", "election/leader", "election/observe", "election/resign",
    ];

    [Fact]
    public async Task Every_method_that_is_answered_is_in_the_table_and_no_other()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"), "--bcrypt-cost", "4");
        await new Accounts(server.Channel).EnableAsync();
        HashSet<string> answered = [];
        foreach (string path in Rpc.Paths)
        {
            MethodDescriptor method = Rpc.Method(path);
            IMessage request = (IMessage)Activator.CreateInstance(method.InputType.ClrType)!;
            string answer = method.IsClientStreaming ? "a stream" : await Rpc.AnswerAsync(server.Channel, path, request);
            if (!answer.StartsWith("Unimplemented", StringComparison.Ordinal))
            {
                answered.Add(path);
            }
        }

        Assert.Equal(answered.Order(StringComparer.Ordinal), Calls.All.Select(static call => call.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_path_of_the_gateway_that_is_answered_is_in_the_table_and_no_other()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--bcrypt-cost", "4");
        await new Accounts(pair.Netcd.Channel).EnableAsync();
        await new Accounts(pair.Etcd.Channel).EnableAsync();
        HashSet<string> answered = [];
        foreach (string path in GatewayPaths)
        {
            Assert.True(await IsAnsweredAsync(pair.Etcd, path), $"{path} is no path of etcd");
            if (await IsAnsweredAsync(pair.Netcd, path))
            {
                answered.Add(path);
            }
        }

        Assert.Equal(
            answered.Order(StringComparer.Ordinal),
            Calls.All.SelectMany(static call => call.GatewayPaths).Order(StringComparer.Ordinal));
    }

    private static async Task<bool> IsAnsweredAsync(ServerProcess server, string path)
    {
        using HttpClient http = new();
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://{server.Endpoint}/v3/{path}");
        using HttpResponseMessage response = await http.SendAsync(request);
        return response.StatusCode != System.Net.HttpStatusCode.NotFound;
    }
}
