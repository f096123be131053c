using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Etcdctl;

/// <summary>Users, roles and the switch, as operators set them with etcdctl; and etcdctl as a user.</summary>
public sealed class AuthCommandTests
{
    private const string AsRoot = "--user root:pw ";
    private const string AsAlice = "--user alice:al ";

    [Fact]
    public async Task Users_and_roles_are_managed_as_in_etcd()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync("--bcrypt-cost", "4");
        await RunAsync(
            pair,
            "auth status", "auth enable", "auth disable", "user add root:pw", "user add root:pw", "user add alice:al",
            "user add nopw --no-password",
            "user grant-role root root", "user grant-role alice nosuch", "user grant-role nosuch root", "role add ro", "role add rw",
            "role add ro",
            "role grant-permission ro read foo", "role grant-permission rw readwrite a c", "role grant-permission rw write --prefix p/",
            "role grant-permission rw write z a", "role grant-permission nosuch read x", "role grant-permission rw readwrite --from-key q",
            "role grant-permission rw nothing x", "user grant-role alice ro", "user grant-role alice rw", "user get alice",
            "user get alice --detail",
            "user get nosuch", "role get rw", "role get nosuch", "role list", "user list", "put foo bar", "put a/1 x", "auth enable",
            "auth enable",
            AsRoot + "auth enable", AsRoot + "auth status", "user list", "auth status");
        await RunAsync(
            pair,
            AsRoot + "user delete root", AsRoot + "role delete root", AsRoot + "user revoke-role root root", AsRoot + "user delete nosuch",
            AsRoot + "role delete nosuch", AsRoot + "role revoke-permission rw a d", AsRoot + "role revoke-permission rw a c",
            AsRoot + "role revoke-permission rw --from-key q", AsRoot + "user revoke-role alice ro", AsRoot + "user revoke-role alice ro",
            AsAlice + "get foo", AsRoot + "role delete rw", AsRoot + "user get alice");
        foreach (string[] empty in (string[][])[["user", "add", ""], ["role", "add", ""], ["user", "delete", ""], ["role", "get", ""]])
        {
            await pair.RunAsync(["--user", "root:pw", .. empty], "pw\n");
        }

        await pair.RunAsync(["--user", "root:pw", "user", "passwd", "alice", "--interactive=false"], "new\n");
        await RunAsync(
            pair,
            "--user alice:new get foo", AsAlice + "get foo", AsRoot + "user delete alice", "--user alice:new get foo",
            AsRoot + "auth disable",
            "get foo", "auth status", "user delete root", "role list", "user list");
        await pair.InEveryFormatAsync("user list");
        await pair.InEveryFormatAsync("role list");
        await pair.InEveryFormatAsync("role get ro");
        await pair.InEveryFormatAsync("auth status");
        pair.AssertEqual();
    }

    [Fact]
    public async Task Commands_of_users_are_served_and_refused_as_by_etcd()
    {
        await using EtcdctlPair pair = await EtcdctlPair.StartAsync("--bcrypt-cost", "4");
        await RunAsync(
            pair,
            "user add root:pw", "user grant-role root root", "user add alice:al", "user add nopw --no-password", "role add rw",
            "role grant-permission rw readwrite a c", "role grant-permission rw write --prefix p/", "user grant-role alice rw",
            "put foo bar",
            "put a/1 x", "auth enable");
        await RunAsync(
            pair,
            "get foo", "put foo x", "del foo", "member list", "endpoint status", "endpoint health", "alarm list", "lease list",
            "lease grant 100",
            AsAlice + "get foo", AsAlice + "put foo x", AsAlice + "get a c", AsAlice + "get a d", AsAlice + "put b 1",
            AsAlice + "put p/1 1",
            AsAlice + "get p/1", AsAlice + "put p/1 --prev-kv 2", AsAlice + "del a c", AsAlice + "del --prefix p/ --prev-kv",
            AsAlice + "get --from-key a",
            AsAlice + "user get alice", AsAlice + "user get root", AsAlice + "role get rw", AsAlice + "role get root",
            AsAlice + "user list",
            AsAlice + "role list", AsAlice + "auth status", AsAlice + "member list", AsAlice + "compaction 2", AsAlice + "endpoint status",
            AsAlice + "endpoint health", AsAlice + "alarm list", AsAlice + "alarm disarm", AsAlice + "auth disable",
            AsAlice + "user add bob:b", AsAlice + "move-leader 1");
        await RunAsync(
            pair,
            "--user alice:wrong get foo", "--user nobody:x get foo", "--user nopw:x get foo", "--user alice --password al get b",
            "--user alice --password no get b", AsRoot + "get foo", AsRoot + "put any 1", AsRoot + "endpoint health", AsRoot + "alarm list",
            AsRoot + "compaction 3", AsRoot + "endpoint hashkv -w json");
        await pair.RunAsync(["--user", "alice:al", "txn"], "mod(\"a/1\") > \"0\"\n\nput b 2\nget b\n\nget foo\n\n");
        await pair.RunAsync(["--user", "alice:al", "txn"], "mod(\"a/1\") = \"0\"\n\nput b 2\nget b\n\nget b\n\n");
        pair.AssertEqual();

        // etcd does not translate what its auth store says here: "auth: permission denied".
        foreach (string line in (string[])["endpoint hashkv", "snapshot save " + Path.Combine(pair.Servers.Folder, "refused")])
        {
            CommandResult refused = await pair.OnNetcdAsync(AsAlice + line);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("Error: etcdserver: permission denied", refused.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_certificate_names_the_user_of_etcdctl_as_in_etcd()
    {
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        using TemporaryFolder folder = new();
        using TestAuthority authority = new(folder.Path, "authority");
        (string certificate, string key) = authority.Sign("server");
        Dictionary<string, (string Certificate, string Key)> people = [];
        foreach (string name in (string[])["root", "alice", "stranger"])
        {
            people[name] = authority.Sign(name);
        }

        List<string> outputs = [];
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            int port = FreePort.Next();
            await using ServerProcess server = await ServerProcess.ReadyAsync(
                program, folder.At($"data-{port}"), port, "--listen-client-urls", $"https://127.0.0.1:{port}", "--cert-file", certificate,
                "--key-file", key, "--trusted-ca-file", authority.File, "--client-cert-auth", "--bcrypt-cost", "4");
            List<string> said = [];
            foreach ((string name, string line) in Script())
            {
                string[] at = ["--endpoints", $"https://127.0.0.1:{port}", "--cacert", authority.File];
                string[] identity = ["--cert", people[name].Certificate, "--key", people[name].Key];
                CommandResult result = await Command.RunAsync(etcdctl, [.. at, .. identity, .. line.Split(' ')]);
                string text = $"{name}$ {line}\n[exit {result.ExitCode}]\n{result.Output}{result.Errors}";
                said.Add(ExpectedDifferences.WithoutIdentity(text, server.Endpoint, folder.Path));
            }

            outputs.Add(string.Join('\n', said));
        }

        Assert.Contains("permission denied", outputs[0], StringComparison.Ordinal);
        Assert.Equal(outputs[0], outputs[1]);

        static (string Name, string Line)[] Script() =>
        [
            ("root", "user add root --no-password"), ("root", "user grant-role root root"), ("root", "user add alice --no-password"),
            ("root", "role add reading"), ("root", "role grant-permission reading read a b"), ("root", "user grant-role alice reading"),
            ("root", "put a 1"), ("root", "user add pat:pw"), ("root", "auth enable"), ("root", "put a 2"), ("alice", "get a"),
            ("alice", "put a 3"), ("alice", "get b"), ("alice", "user get alice"), ("alice", "user list"), ("stranger", "get a"),
            ("stranger", "member list"), ("stranger", "user list"), ("alice", "--user pat:pw get a"), ("stranger", "--user alice:x get a"),
            ("root", "user delete alice"), ("alice", "get a"), ("root", "auth disable"), ("stranger", "get a"),
        ];
    }

    private static async Task RunAsync(EtcdctlPair pair, params string[] lines)
    {
        foreach (string line in lines)
        {
            await pair.RunAsync(line);
        }
    }
}
