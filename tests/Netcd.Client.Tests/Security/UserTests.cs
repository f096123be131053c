using Netcd.Client;
using Netcd.Client.Auth;
using Netcd.ClientTests.Servers;
using Netcd.ClientTests.Telemetry;
using Netcd.ClientTests.Watching;
using Netcd.Interop.Processes;

namespace Netcd.ClientTests.Security;

public sealed class UserTests : IDisposable
{
    private const string RootPassword = "password of root";

    /// <summary>The event that says that the client has logged in.</summary>
    private const int GotToken = 5004;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_user_may_what_its_roles_allow_and_its_token_is_renewed_whatever_ends_it(Server server)
    {
        await using ServerProcess process = await StartAsync(server, FreePort.Next());
        await using EtcdClient root = await EnableAsync(process);
        await root.Auth.AddRoleAsync("reader");
        await root.Auth.GrantPermissionAsync("reader", new Permission(Access.ReadWrite, KeyRange.Prefix("own/")));
        await root.Auth.AddUserAsync("alice", "first");
        await root.Auth.GrantRoleAsync("alice", "reader");
        string file = folder.At("password");
        await File.WriteAllTextAsync(file, "first\n");
        await using EtcdClient alice =
            new(new EtcdClientOptions { Endpoints = [process.Endpoint], UserName = "alice", PasswordFile = file });
        await alice.Keys.PutAsync("own/a", "1");
        EtcdException refused = await Assert.ThrowsAsync<EtcdException>(() => alice.Keys.PutAsync("other", "1"));
        Assert.Equal((EtcdStatusCode.PermissionDenied, "etcdserver: permission denied"), (refused.Code, refused.Message));

        // Any change of a user makes all tokens old.
        await root.Auth.AddUserAsync("bob", null);
        await alice.Keys.PutAsync("own/a", "2");

        // A changed password ends the user's tokens. The file is read for the next one.
        await root.Auth.ChangePasswordAsync("alice", "second");
        await Assert.ThrowsAsync<EtcdAuthenticationException>(() => alice.Keys.PutAsync("own/a", "3"));
        await File.WriteAllTextAsync(file, "second\n");
        await alice.Keys.PutAsync("own/a", "3");

        // A member that was restarted knows no tokens.
        await process.KillAsync();
        await using ServerProcess again = await StartAsync(server, process.Port);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => alice.Keys.PutAsync($"own/{n}", "4")));
        Assert.Equal("3", (await alice.Keys.GetAsync("own/a")).KeyValue!.ValueText);
        File.Delete(file);
        await root.Auth.ChangePasswordAsync("alice", "third");
        EtcdAuthenticationException missing =
            await Assert.ThrowsAsync<EtcdAuthenticationException>(() => alice.Keys.GetAsync("own/a"));
        Assert.Contains(file, missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Tokens_that_run_out_are_renewed_and_no_call_and_no_watch_notices(Server server)
    {
        string key = folder.At("jwt.key");
        await File.WriteAllTextAsync(key, "a secret that all members share, long enough for the signature");
        using RecordingLog log = new();
        await using ServerProcess process = await ServerProcess.ReadyAsync(
            await OwnServer.ProgramOfAsync(server), folder.At("data"), FreePort.Next(),
            "--auth-token", $"jwt,sign-method=HS256,priv-key={key},ttl=4s");
        await using EtcdClient root = await EnableAsync(process);
        await using EtcdClient client = new(new EtcdClientOptions
        {
            Endpoints = [process.Endpoint],
            UserName = "root",
            Password = RootPassword,
            LoggerFactory = log,
        });
        await using Recorder recorder = await Recorder.StartAsync(client.Watches, KeyRange.Key("often"));
        int puts = 0;
        await Poll.UntilAsync(async () =>
        {
            await client.Keys.PutAsync("often", $"{++puts}");
            return log.Events.Count(static seen => seen.Id == GotToken) >= 3;
        });
        await recorder.UntilAsync(all => all.Count == puts);
        Assert.Equal(
            Enumerable.Range(1, puts).Select(static n => $"{n}"), recorder.Events.Select(static change => change.KeyValue.ValueText));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Who_says_nothing_or_the_wrong_thing_is_told_so_and_a_token_can_come_from_a_file(Server server)
    {
        await using ServerProcess process = await StartAsync(server, FreePort.Next());
        await using EtcdClient early = ClientOf(process, "root", RootPassword);
        await early.Keys.PutAsync("before", "users are asked for");
        await using EtcdClient root = await EnableAsync(process);
        await early.Keys.PutAsync("after", "users are asked for");
        await using EtcdClient nobody = new(process.Endpoint);
        EtcdAuthenticationException none = await Assert.ThrowsAsync<EtcdAuthenticationException>(() => nobody.Keys.GetAsync("a"));
        Assert.Equal("etcdserver: user name is empty", none.Message);
        await using EtcdClient liar = ClientOf(process, "root", "another password");
        EtcdAuthenticationException wrong = await Assert.ThrowsAsync<EtcdAuthenticationException>(() => liar.Keys.PutAsync("a", "b"));
        Assert.Equal("etcdserver: authentication failed, invalid user ID or password", wrong.Message);

        string file = folder.At("token");
        await File.WriteAllTextAsync(file, "no token\n");
        await using EtcdClient bearer = new(new EtcdClientOptions { Endpoints = [process.Endpoint], TokenFile = file });
        await Assert.ThrowsAsync<EtcdAuthenticationException>(() => bearer.Keys.GetAsync("after"));
        await File.WriteAllTextAsync(file, await root.Auth.AuthenticateAsync("root", RootPassword) + "\n");
        Assert.NotNull((await bearer.Keys.GetAsync("after")).KeyValue);
        await using EtcdClient stale = new(new EtcdClientOptions { Endpoints = [process.Endpoint], Token = "made up" });
        await Assert.ThrowsAsync<EtcdAuthenticationException>(() => stale.Keys.PutAsync("a", "b"));
    }

    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task Every_call_on_users_and_roles_is_made(Server server)
    {
        await using ServerProcess process = await StartAsync(server, FreePort.Next());
        await using EtcdClient client = new(process.Endpoint);
        IAuth auth = client.Auth;
        Assert.False((await auth.StatusAsync()).IsEnabled);
        await auth.AddUserAsync("carol", "pw");
        await auth.AddUserAsync("dave", null);
        await auth.AddRoleAsync("role one");
        await auth.AddRoleAsync("role two");
        await auth.GrantRoleAsync("carol", "role one");
        await auth.GrantRoleAsync("carol", "role two");
        await auth.RevokeRoleAsync("carol", "role two");
        Permission[] rights =
        [
            new Permission(Access.Read, "a"), new Permission(Access.Write, KeyRange.Prefix("b")),
            new Permission(Access.ReadWrite, KeyRange.From("c")),
        ];
        foreach (Permission right in rights)
        {
            await auth.GrantPermissionAsync("role one", right);
        }

        Assert.Equal(rights, (await auth.GetRoleAsync("role one")).Permissions);
        await auth.RevokePermissionAsync("role one", KeyRange.Prefix("b"));
        Assert.Equal([rights[0], rights[2]], (await auth.GetRoleAsync("role one")).Permissions);
        Assert.Equal(["role one"], (await auth.GetUserAsync("carol")).Names);
        Assert.Equal(["carol", "dave"], (await auth.ListUsersAsync()).Names.Order());
        Assert.Equal(["role one", "role two"], (await auth.ListRolesAsync()).Names.Order());
        await auth.ChangePasswordAsync("carol", "pw2");
        await auth.DeleteRoleAsync("role one");
        Assert.Empty((await auth.GetUserAsync("carol")).Names);
        await auth.DeleteUserAsync("dave");
        Assert.Equal(["carol"], (await auth.ListUsersAsync()).Names);
        EtcdException missing = await Assert.ThrowsAsync<EtcdException>(() => auth.GetUserAsync("dave"));
        Assert.Equal("etcdserver: user name not found", missing.Message);
        EtcdException early = await Assert.ThrowsAsync<EtcdException>(() => auth.EnableAsync());
        Assert.Equal("etcdserver: root user does not exist", early.Message);
        await using EtcdClient root = await EnableAsync(process);
        Assert.True((await root.Auth.StatusAsync()).IsEnabled);
        await root.Auth.DisableAsync();
        await client.Keys.PutAsync("a", "b");
    }

    private static EtcdClient ClientOf(ServerProcess process, string user, string password) =>
        new(new EtcdClientOptions { Endpoints = [process.Endpoint], UserName = user, Password = password });

    private static async Task<EtcdClient> EnableAsync(ServerProcess process)
    {
        await using EtcdClient first = new(process.Endpoint);
        await first.Auth.AddUserAsync("root", RootPassword);
        await first.Auth.AddRoleAsync("root");
        await first.Auth.GrantRoleAsync("root", "root");
        await first.Auth.EnableAsync();
        return ClientOf(process, "root", RootPassword);
    }

    private async Task<ServerProcess> StartAsync(Server server, int port)
    {
        string program = server == Server.Netcd ? NetcdProgram.Path : await EtcdPrograms.EtcdAsync();
        return await ServerProcess.ReadyAsync(program, folder.At("data"), port, "--bcrypt-cost", "4");
    }
}
