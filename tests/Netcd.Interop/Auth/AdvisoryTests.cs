using System.Text;
using Google.Protobuf;
using Grpc.Net.Client;
using Netcd.Engine.Auth;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;

namespace Netcd.Interop.Auth;

/// <summary>What went wrong in etcd with users and rights, each fault under the name that it is known by. Others stand where their kind
/// is: <see cref="KeyRightTests"/>, <see cref="AuthClusterTests"/>.</summary>
public sealed class AdvisoryTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>A password could be read in memory and in debug output, and stood in the log of entries.</summary>
    [Fact]
    public async Task CVE_2021_28235_No_password_is_in_the_log_or_in_any_file()
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        string[] passwords = [.. Enumerable.Range(0, 6).Select(static n => $"{n}-S3cret-{Guid.NewGuid():N}")];
        string log;
        await using (ServerProcess server = await ServerProcess.NetcdAsync(directory, "--log-level", "debug", "--bcrypt-cost", "4"))
        {
            Protocol.V3.Auth.AuthClient auth = new(server.Channel);
            using HttpClient http = new() { BaseAddress = new Uri("http://" + server.Endpoint) };
            Accounts accounts = new(server.Channel);
            await auth.UserAddAsync(new AuthUserAddRequest { Name = "pat", Password = passwords[0] });
            await PostAsync("auth/user/add", $$"""{"name":"sam","password":"{{passwords[1]}}"}""");
            await accounts.EnableAsync();
            await accounts.ChangePasswordAsync("pat", passwords[2]);
            await accounts.LogInAsync("pat", passwords[2]);
            await PostAsync("auth/authenticate", $$"""{"name":"sam","password":"{{passwords[1]}}"}""");
            AuthenticateRequest wrong = new() { Name = "pat", Password = passwords[3] };
            string refused = await Rpc.AnswerAsync(server.Channel, "/etcdserverpb.Auth/Authenticate", wrong);
            Assert.Contains("authentication failed", refused, StringComparison.Ordinal);
            await PostAsync("auth/authenticate", $$"""{"name":"nobody","password":"{{passwords[4]}}"}""");
            await PostAsync("auth/user/changepw", $$"""{"name":"sam","password":"{{passwords[5]}}"}""");
            await new Maintenance.MaintenanceClient(server.Channel).Snapshot(new SnapshotRequest(), Rpc.Headers(accounts.Token))
                .ResponseStream.MoveNext(CancellationToken.None);
            await server.TerminateAsync();
            log = server.Log;

            async Task PostAsync(string path, string body)
            {
                using HttpResponseMessage answer = await http.PostAsync(new Uri("/v3/" + path, UriKind.Relative), new StringContent(body));
                Assert.DoesNotContain("S3cret", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }

        Assert.Contains("\"level\":\"debug\"", log, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cret", log, StringComparison.Ordinal);
        string[] files = Directory.GetFiles(directory, "*", SearchOption.AllDirectories);
        Assert.Contains(files, static file => file.EndsWith(".wal", StringComparison.Ordinal));
        byte[] marker = Encoding.UTF8.GetBytes("S3cret");
        byte[] inBase64 = Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(passwords[0]))[..20]);
        bool hasUser = false;
        foreach (string file in files)
        {
            byte[] bytes = await File.ReadAllBytesAsync(file);
            Assert.True(bytes.AsSpan().IndexOf(marker) < 0, $"a password is in {file}");
            Assert.True(bytes.AsSpan().IndexOf(inBase64) < 0, $"a password is in {file}, in base64");
            hasUser |= bytes.AsSpan().IndexOf("pat"u8) >= 0;
        }

        Assert.True(hasUser, "the user is in no file: these are not the files that would have the password");
    }

    /// <summary>Some calls were served to anybody.</summary>
    [Fact]
    public async Task CVE_2026_33413_No_call_is_served_to_nobody_or_to_a_user_without_the_right_to_it()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"), "--bcrypt-cost", "4");
        Accounts accounts = new(server.Channel);
        await accounts.AddUserAsync("bare");
        await accounts.EnableAsync();
        string bare = await accounts.LogInAsync("bare");
        foreach (Call call in Calls.All.Where(static call => call.Access is not (Access.Anyone or Access.Keys)))
        {
            // Whoever has no name asks for itself there, and does not exist.
            IMessage[] requests = MatrixRequests.For(call.Path, 0);
            foreach (IMessage request in requests.Where(static request => request is not AuthUserGetRequest { Name: "" }))
            {
                string answer = await Rpc.AnswerAsync(server.Channel, call.Path, request);
                Assert.True(answer == "InvalidArgument: etcdserver: user name is empty", $"{call.Path} {request} of nobody: {answer}");
                if (call.Access == Access.Root)
                {
                    answer = await Rpc.AnswerAsync(server.Channel, call.Path, request, bare);
                    Assert.True(answer == "PermissionDenied: etcdserver: permission denied", $"{call.Path} {request} of a user: {answer}");
                }
            }
        }

        // Alarms are there to be read by all users; only root changes them.
        AlarmRequest raise = new() { Action = AlarmRequest.Types.AlarmAction.Activate, Alarm = AlarmType.Nospace };
        Assert.Equal(
            "PermissionDenied: etcdserver: permission denied",
            await Rpc.AnswerAsync(server.Channel, "/etcdserverpb.Maintenance/Alarm", raise, bare));
    }

    /// <summary>Such a token ended the process.</summary>
    [Fact]
    public async Task PR_15677_A_signed_token_without_a_user_or_revision_is_refused()
    {
        const string secret = "the secret of the server";
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder.At("key"), secret);
        await using ServerPair pair = await ServerPair.StartAsync(
            "--auth-token", $"jwt,sign-method=HS256,priv-key={folder.At("key")},ttl=10m", "--bcrypt-cost", "4");
        Jwt jwt = new(secret);
        long expiry = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 600;
        Dictionary<string, object>[] claims =
        [
            new() { ["exp"] = expiry },
            new() { ["exp"] = expiry, ["username"] = "root" },
            new() { ["exp"] = expiry, ["revision"] = 5 },
            new() { ["exp"] = expiry, ["username"] = 5, ["revision"] = 5 },
            new() { ["exp"] = expiry, ["username"] = "root", ["revision"] = "5" },
            new() { ["exp"] = expiry, ["username"] = "root", ["revision"] = 0 },
            new() { ["exp"] = expiry, ["username"] = "", ["revision"] = 5 },
            new() { ["exp"] = "soon", ["username"] = "root", ["revision"] = 5 },
            new() { ["exp"] = expiry, ["username"] = new[] { "root" }, ["revision"] = new { } },
        ];
        foreach (GrpcChannel channel in (GrpcChannel[])[pair.Netcd.Channel, pair.Etcd.Channel])
        {
            await new Accounts(channel).EnableAsync();
        }

        foreach (Dictionary<string, object> claim in claims)
        {
            string token = jwt.Sign(claim);
            string[] paths = ["/etcdserverpb.KV/Range", "/etcdserverpb.Auth/UserList"];
            foreach (string path in paths)
            {
                IMessage request = path.Contains("Range", StringComparison.Ordinal)
                    ? new RangeRequest { Key = ByteString.CopyFromUtf8("a") }
                    : new AuthUserListRequest();
                string expected = await Rpc.AnswerAsync(pair.Etcd.Channel, path, request, token);
                string answer = await Rpc.AnswerAsync(pair.Netcd.Channel, path, request, token);
                Assert.True(expected == answer, $"{path} {string.Join(' ', claim)}: etcd {expected}, netcd {answer}");
            }
        }

        await new Accounts(pair.Netcd.Channel).LogInAsync("root");
    }

    /// <summary>A role without a name ended the process.</summary>
    [Fact]
    public async Task PR_10907_A_role_without_a_name_is_refused()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"));
        Assert.Equal(
            "InvalidArgument: etcdserver: role name is empty",
            await Rpc.AnswerAsync(server.Channel, "/etcdserverpb.Auth/RoleAdd", new AuthRoleAddRequest()));
        Assert.Empty((await new Protocol.V3.Auth.AuthClient(server.Channel).RoleListAsync(new AuthRoleListRequest())).Roles);
    }

    /// <summary>A permission without keys in it, once granted, ended the process when it was looked for.</summary>
    [Fact]
    public async Task PR_15621_A_permission_on_no_keys_is_refused()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--bcrypt-cost", "4");
        Permission[] permissions =
        [
            Permit.Read(""), Permit.Read("", "b"), Permit.Read("", "\0"), Permit.Read("b", "a"), Permit.Read("b", "b"),
            Permit.Read("\0", "\0"),
            Permit.Write("a", "a\0"), Permit.Both("\0"), new(),
        ];
        await pair.Netcd.Channel.PutAsync("b", "1");
        foreach (Permission permission in permissions)
        {
            AuthRoleGrantPermissionRequest request = new() { Name = "role", Perm = permission };
            List<string> answers = [];
            foreach (GrpcChannel channel in (GrpcChannel[])[pair.Etcd.Channel, pair.Netcd.Channel])
            {
                await Rpc.AnswerAsync(channel, "/etcdserverpb.Auth/RoleAdd", new AuthRoleAddRequest { Name = "role" });
                answers.Add(await Rpc.AnswerAsync(channel, "/etcdserverpb.Auth/RoleGrantPermission", request)
                    + await Rpc.AnswerAsync(channel, "/etcdserverpb.Auth/RoleGet", new AuthRoleGetRequest { Role = "role" }));
            }

            Assert.Equal(answers[0], answers[1]);
        }
    }

    /// <summary>The keys of a lease were shown to whoever asked for its time.</summary>
    [Fact]
    public async Task PR_15814_The_keys_of_a_lease_are_shown_to_who_may_read_them_all()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"), "--bcrypt-cost", "4");
        await new Lease.LeaseClient(server.Channel).LeaseGrantAsync(new LeaseGrantRequest { ID = 7, TTL = 600 });
        foreach (string key in (string[])["mine", "secret"])
        {
            await new KV.KVClient(server.Channel).PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8(key), Lease = 7 });
        }

        Accounts accounts = new(server.Channel);
        await accounts.AddRoleAsync("mine", Permit.Read("mine"));
        await accounts.AddRoleAsync("both", Permit.Read("mine"), Permit.Read("secret"));
        await accounts.AddUserAsync("one", "mine");
        await accounts.AddUserAsync("two", "both");
        await accounts.EnableAsync();
        const string path = "/etcdserverpb.Lease/LeaseTimeToLive";
        LeaseTimeToLiveRequest asked = new() { ID = 7, Keys = true };
        string one = await accounts.LogInAsync("one");
        Assert.Equal("PermissionDenied: etcdserver: permission denied", await Rpc.AnswerAsync(server.Channel, path, asked, one));
        LeaseTimeToLiveResponse seen = await Rpc.CallAsync<LeaseTimeToLiveResponse>(
            server.Channel, path, asked, await accounts.LogInAsync("two"));
        Assert.Equal(["mine", "secret"], seen.Keys.Select(static key => key.ToStringUtf8()));
        seen = await Rpc.CallAsync<LeaseTimeToLiveResponse>(server.Channel, path, new LeaseTimeToLiveRequest { ID = 7 }, one);
        Assert.Empty(seen.Keys);
    }

    /// <summary>Both ended the process when they came as JSON without a leader.</summary>
    [Theory]
    [InlineData("election/proclaim")]
    [InlineData("election/resign")]
    public async Task PR_9379_A_call_for_an_election_without_a_leader_is_refused(string path)
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        List<string> answers = [];
        foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
        {
            using HttpClient http = new() { BaseAddress = new Uri("http://" + server.Endpoint) };
            answers.Add(await Gateway.AnswerAsync(
                http, path, Rpc.Method("/v3electionpb.Election/Proclaim"), new ProclaimRequest { Value = ByteString.CopyFromUtf8("v") }));
        }

        Assert.Contains("leader", answers[0], StringComparison.Ordinal);
        Assert.Equal(answers[0], answers[1]);
        await pair.Netcd.Channel.PutAsync("alive", "1");
    }

    /// <summary>A lease that was read from disk with users about was never revoked: nobody had the right to.</summary>
    [Fact]
    public async Task PR_13206_A_lease_ends_after_a_restart_with_users()
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        await using (ServerProcess server = await ServerProcess.NetcdAsync(directory, "--bcrypt-cost", "4"))
        {
            await new Lease.LeaseClient(server.Channel).LeaseGrantAsync(new LeaseGrantRequest { ID = 7, TTL = 2 });
            await new KV.KVClient(server.Channel).PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("leased"), Lease = 7 });
            await new Accounts(server.Channel).EnableAsync();
            await server.KillAsync();
        }

        await using ServerProcess again = await ServerProcess.NetcdAsync(directory, "--bcrypt-cost", "4");
        string root = await new Accounts(again.Channel).LogInAsync(Accounts.Root);
        await Poll.UntilAsync(async () => (await new Lease.LeaseClient(again.Channel).LeaseLeasesAsync(
            new LeaseLeasesRequest(), Rpc.Headers(root), DateTime.UtcNow + Deadline)).Leases.Count == 0);
        RangeResponse left = await new KV.KVClient(again.Channel).RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8("leased") }, Rpc.Headers(root), DateTime.UtcNow + Deadline);
        Assert.Empty(left.Kvs);
    }
}
