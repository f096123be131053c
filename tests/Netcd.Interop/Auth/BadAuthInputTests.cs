using System.Globalization;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Auth;

/// <summary>Users, roles, passwords and tokens as nobody should send them: refused as by etcd, and nothing changes.</summary>
public sealed class BadAuthInputTests
{
    private const string Prefix = "/etcdserverpb.Auth/";
    private const int Megabyte = 1 << 20;

    /// <summary>What the format of the file takes for a key.</summary>
    private const int LongestName = 32_768;

    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static bytes => bytes, static bytes => bytes);

    [Fact]
    public async Task Calls_that_cannot_be_are_refused_in_the_words_of_etcd_and_change_nothing()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--bcrypt-cost", "4");
        (Accounts netcd, Accounts etcd) = (new Accounts(pair.Netcd.Channel), new Accounts(pair.Etcd.Channel));
        foreach (Accounts accounts in (Accounts[])[netcd, etcd])
        {
            await accounts.AddRoleAsync("role", Permit.Read("a", "b"));
            await accounts.AddUserAsync("pat", "role");
        }

        await CompareAsync(pair, null, null, Requests());
        Assert.Equal(await etcd.PictureAsync(), await netcd.PictureAsync());
        await netcd.EnableAsync();
        await etcd.EnableAsync();
        string before = await netcd.PictureAsync();
        await CompareAsync(pair, netcd.Token, etcd.Token, Requests());
        await CompareAsync(
            pair, netcd.Token, etcd.Token,
            ("AuthEnable", new AuthEnableRequest()),
            ("UserDelete", new AuthUserDeleteRequest { Name = "root" }),
            ("RoleDelete", new AuthRoleDeleteRequest { Role = "root" }),
            ("UserRevokeRole", new AuthUserRevokeRoleRequest { Name = "root", Role = "root" }));
        Assert.Equal(before, await netcd.PictureAsync());
        Assert.Equal(await etcd.PictureAsync(), await netcd.PictureAsync());
    }

    [Fact]
    public async Task Names_and_passwords_of_any_length_and_kind_are_taken_and_refused_as_by_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--bcrypt-cost", "4");
        (Accounts netcd, Accounts etcd) = (new Accounts(pair.Netcd.Channel), new Accounts(pair.Etcd.Channel));
        (string large, string longest) = (new('n', Megabyte), new('n', LongestName));
        await CompareAsync(
            pair, null, null,
            ("UserAdd", new AuthUserAddRequest { Name = "long-72", Password = new string('x', 72) }),
            ("UserAdd", new AuthUserAddRequest { Name = "long-73", Password = new string('x', 73) }),
            ("UserAdd", new AuthUserAddRequest { Name = "wide", Password = new string('ü', 37) }),
            ("UserAdd", new AuthUserAddRequest { Name = "no password given" }),
            ("UserAdd", new AuthUserAddRequest { Name = "both", Password = "x", Options = new UserAddOptions { NoPassword = true } }),
            ("UserAdd", new AuthUserAddRequest { Name = "with\0zero\n", Password = "x\0y" }),
            ("UserAdd", new AuthUserAddRequest { Name = "hashed", HashedPassword = "no base64 !" }),
            ("UserAdd", new AuthUserAddRequest { Name = "hashed-too", Password = "x", HashedPassword = Convert.ToBase64String("y"u8) }),
            ("UserAdd", new AuthUserAddRequest { Name = longest, Password = "x" }),
            ("UserAdd", new AuthUserAddRequest { Name = longest, Password = "x" }),
            ("UserAdd", new AuthUserAddRequest { Name = large + large, Password = "x" }),
            ("UserChangePassword", new AuthUserChangePasswordRequest { Name = "long-72", Password = new string('x', 73) }),
            ("UserChangePassword", new AuthUserChangePasswordRequest { Name = "long-72" }),
            ("UserChangePassword", new AuthUserChangePasswordRequest { Name = "both", Password = "x" }),
            ("RoleAdd", new AuthRoleAddRequest { Name = "rôle 役割 \U0001F511" }),
            ("RoleAdd", new AuthRoleAddRequest { Name = longest }),
            ("RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "rôle 役割 \U0001F511", Perm = Permit.Read(large) }),
            ("RoleGet", new AuthRoleGetRequest { Role = "rôle 役割 \U0001F511" }),
            ("UserDelete", new AuthUserDeleteRequest { Name = large }),
            ("RoleDelete", new AuthRoleDeleteRequest { Role = large }),
            ("UserDelete", new AuthUserDeleteRequest { Name = longest }),
            ("RoleDelete", new AuthRoleDeleteRequest { Role = longest }));
        Assert.Equal(await etcd.PictureAsync(), await netcd.PictureAsync());
        foreach (Accounts accounts in (Accounts[])[netcd, etcd])
        {
            await accounts.EnableAsync();
        }

        await CompareAsync(
            pair, null, null,
            ("Authenticate", new AuthenticateRequest { Name = "long-73", Password = new string('x', 73) }),
            ("Authenticate", new AuthenticateRequest { Name = "no password given" }),
            ("Authenticate", new AuthenticateRequest { Name = "both", Password = "x" }),
            ("Authenticate", new AuthenticateRequest { Name = "with\0zero\n", Password = "x\0y" }),
            ("Authenticate", new AuthenticateRequest { Name = "with\0zero\n", Password = "x" }),
            ("Authenticate", new AuthenticateRequest { Name = "hashed-too", Password = "x" }),
            ("Authenticate", new AuthenticateRequest { Name = large, Password = large }));
    }

    /// <summary>Such a name ends etcd, and again at each start.</summary>
    [Fact]
    public async Task A_name_that_is_too_long_for_the_file_is_refused()
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        await using (ServerProcess server = await ServerProcess.NetcdAsync(directory, "--bcrypt-cost", "4"))
        {
            foreach (string name in (string[])[new('n', LongestName + 1), new('n', Megabyte), new('ü', (LongestName / 2) + 1)])
            {
                Assert.Equal(
                    "InvalidArgument: etcdserver: request is too large",
                    await Rpc.AnswerAsync(server.Channel, Prefix + "UserAdd", new AuthUserAddRequest { Name = name, Password = "x" }));
                Assert.Equal(
                    "InvalidArgument: etcdserver: request is too large",
                    await Rpc.AnswerAsync(server.Channel, Prefix + "RoleAdd", new AuthRoleAddRequest { Name = name }));
            }

            await server.Channel.PutAsync("alive", "1");
            await server.TerminateAsync();
        }

        await using ServerProcess again = await ServerProcess.NetcdAsync(directory, "--bcrypt-cost", "4");
        Assert.Single((await again.Channel.PrefixAsync("alive")).Kvs);
    }

    /// <summary>etcd 3.5 takes text that is not UTF-8 as it comes. Its contract forbids that, and later versions refuse it.</summary>
    [Fact]
    public async Task Names_that_are_not_text_are_refused_and_change_nothing()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"), "--bcrypt-cost", "4");
        Accounts accounts = new(server.Channel);
        await accounts.EnableAsync();
        string before = await accounts.PictureAsync();
        byte[] name = [0x0a, 4, (byte)'a', 0xc3, 0x28, 0xff];
        foreach (string method in (string[])["UserAdd", "UserDelete", "RoleAdd", "UserGet", "RoleGet", "Authenticate"])
        {
            (StatusCode code, string text) = await SendAsync(server.Channel, method, name, accounts.Token!);
            Assert.Equal(StatusCode.Internal, code);
            Assert.StartsWith("grpc: error unmarshalling request", text, StringComparison.Ordinal);
        }

        Assert.Equal(before, await accounts.PictureAsync());
    }

    [Fact]
    public async Task Tokens_that_nobody_was_given_are_refused_as_by_etcd()
    {
        const string secret = "the secret of both servers";
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder.At("key"), secret);
        string[] signed = ["--auth-token", $"jwt,sign-method=HS256,priv-key={folder.At("key")},ttl=10m", "--bcrypt-cost", "4"];
        await using ServerPair simple = await ServerPair.StartAsync("--bcrypt-cost", "4");
        await using ServerPair jwt = await ServerPair.StartAsync(signed);
        foreach (ServerPair pair in (ServerPair[])[simple, jwt])
        {
            await new Accounts(pair.Netcd.Channel).EnableAsync();
            await new Accounts(pair.Etcd.Channel).EnableAsync();
        }

        string good = new Jwt(secret).Of("root", 3);
        string[] parts = good.Split('.');
        long expiry = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 600;
        Dictionary<string, object> claims = new() { ["username"] = "root", ["revision"] = 3, ["exp"] = expiry };
        string[] tokens =
        [
            "", " ", ".", "..", "x", "x.y", "x.1", ".1", "abcdefghijklmnop", "abcdefghijklmnop.", "abcdefghijklmnop.-1",
            "abcdefghijklmnop.1.1",
            "abcdefghijklmnop.0x1", "abcdefghijklmnop.18446744073709551616", "Bearer x.1", new('a', 10_000), new string('a', 10_000) + ".1",
            good, good + "x", good[..^1], "Bearer " + good, $"{parts[0]}.{parts[1]}", $"{parts[0]}.{parts[1]}.", $".{parts[1]}.{parts[2]}",
            $"{parts[0]}..{parts[2]}", $"{parts[0]}.{parts[1]}=.{parts[2]}", new Jwt(secret).Sign(claims, "none"),
            new Jwt(secret).Sign(claims, "None"),
            new Jwt(secret).Sign(claims, "HS512"), new Jwt(secret).Sign(claims, "RS256"), new Jwt(secret).Sign(claims, ""),
            new Jwt("another").Sign(claims), new Jwt(secret).Of("root", 3, seconds: -3), new Jwt(secret).Of("root", 2),
            new Jwt(secret).Of("nobody", 3),
        ];
        RangeRequest read = new() { Key = ByteString.CopyFromUtf8("a") };
        List<string> differences = [];
        foreach ((string name, ServerPair pair) in ((string, ServerPair)[])[("simple", simple), ("signed", jwt)])
        {
            foreach (string token in tokens)
            {
                string etcd = await Rpc.AnswerAsync(pair.Etcd.Channel, "/etcdserverpb.KV/Range", read, token);
                string netcd = await Rpc.AnswerAsync(pair.Netcd.Channel, "/etcdserverpb.KV/Range", read, token);
                if (etcd != netcd)
                {
                    differences.Add($"{name} {(token.Length > 200 ? token[..200] : token)}:\n  etcd  {etcd}\n  netcd {netcd}");
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    /// <summary>etcd lets a caller with a token of an entry that is yet to come wait until the caller has enough; here the answer is there
    /// as
    /// soon as this member knows all that is committed.</summary>
    [Fact]
    public async Task A_token_of_an_entry_that_is_yet_to_come_is_refused_at_once()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"), "--bcrypt-cost", "4");
        await new Accounts(server.Channel).EnableAsync();
        RangeRequest read = new() { Key = ByteString.CopyFromUtf8("a") };
        foreach (string index in (string[])["1000000", "18446744073709551615"])
        {
            Assert.Equal(
                "Unauthenticated: etcdserver: invalid auth token",
                await Rpc.AnswerAsync(server.Channel, "/etcdserverpb.KV/Range", read, "abcdefghijklmnop." + index));
        }
    }

    /// <summary>Anybody can try to log in, and what is logged of it must not fill the disk.</summary>
    [Fact]
    public async Task The_log_holds_no_more_of_a_name_than_its_beginning()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"), "--bcrypt-cost", "4");
        await new Accounts(server.Channel).EnableAsync();
        foreach (string name in (string[])["short", new('n', Megabyte), 'o' + string.Concat(Enumerable.Repeat("\U0001F511", 1_000))])
        {
            for (int n = 0; n < 8; n++)
            {
                AuthenticateRequest request = new() { Name = name, Password = "x" };
                string answer = await Rpc.AnswerAsync(server.Channel, Prefix + "Authenticate", request);
                Assert.StartsWith("InvalidArgument", answer, StringComparison.Ordinal);
            }
        }

        await server.HasLoggedAsync("\"short\"");
        await server.HasLoggedAsync(new string('n', 200));
        Assert.DoesNotContain(server.Log.Split('\n'), static line => line.Length > 4_000);
    }

    [Fact]
    public async Task Ten_thousand_roles_are_kept_and_judged_by()
    {
        const int roles = 10_000;
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        string last = "role-" + (roles - 1).ToString(CultureInfo.InvariantCulture);
        await using (ServerProcess server = await ServerProcess.NetcdAsync(directory, "--bcrypt-cost", "4"))
        {
            Protocol.V3.Auth.AuthClient auth = new(server.Channel);
            await Parallel.ForAsync(0, roles, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (n, stop) =>
            {
                string name = "role-" + n.ToString(CultureInfo.InvariantCulture);
                await auth.RoleAddAsync(new AuthRoleAddRequest { Name = name }, cancellationToken: stop);
            });
            Accounts accounts = new(server.Channel);
            await accounts.GrantAsync(last, Permit.Read("a"));
            await accounts.AddUserAsync("pat", last);
            await accounts.EnableAsync();
            await server.TerminateAsync();
        }

        await using ServerProcess again = await ServerProcess.NetcdAsync(directory, "--bcrypt-cost", "4");
        Accounts users = new(again.Channel);
        string root = await users.LogInAsync(Accounts.Root);
        AuthRoleListResponse list = await Rpc.CallAsync<AuthRoleListResponse>(
            again.Channel, Prefix + "RoleList", new AuthRoleListRequest(), root);
        Assert.Equal(roles, list.Roles.Distinct().Count());
        string pat = await users.LogInAsync("pat");
        RangeRequest read = new() { Key = ByteString.CopyFromUtf8("a") };
        Assert.StartsWith(Rpc.Served, await Rpc.AnswerAsync(again.Channel, "/etcdserverpb.KV/Range", read, pat), StringComparison.Ordinal);
        read.Key = ByteString.CopyFromUtf8("b");
        string refused = await Rpc.AnswerAsync(again.Channel, "/etcdserverpb.KV/Range", read, pat);
        Assert.StartsWith("PermissionDenied", refused, StringComparison.Ordinal);
    }

    private static (string Method, IMessage Request)[] Requests() =>
    [
        ("UserAdd", new AuthUserAddRequest()),
        ("UserAdd", new AuthUserAddRequest { Name = "pat", Password = "x" }),
        ("UserDelete", new AuthUserDeleteRequest()),
        ("UserGet", new AuthUserGetRequest()),
        ("UserChangePassword", new AuthUserChangePasswordRequest { Password = "x" }),
        ("UserGrantRole", new AuthUserGrantRoleRequest()),
        ("UserGrantRole", new AuthUserGrantRoleRequest { User = "pat" }),
        ("UserGrantRole", new AuthUserGrantRoleRequest { Role = "role" }),
        ("UserGrantRole", new AuthUserGrantRoleRequest { User = "pat", Role = "role" }),
        ("UserRevokeRole", new AuthUserRevokeRoleRequest()),
        ("UserRevokeRole", new AuthUserRevokeRoleRequest { Name = "pat", Role = "root" }),
        ("RoleAdd", new AuthRoleAddRequest()),
        ("RoleAdd", new AuthRoleAddRequest { Name = "role" }),
        ("RoleDelete", new AuthRoleDeleteRequest()),
        ("RoleGet", new AuthRoleGetRequest()),
        ("RoleGet", new AuthRoleGetRequest { Role = "root" }),
        ("RoleGrantPermission", new AuthRoleGrantPermissionRequest()),
        ("RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "role" }),
        ("RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "nosuch" }),
        ("RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "", Perm = Permit.Read("a") }),
        ("RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "role", Perm = Permit.Read("b", "a") }),
        ("RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "role", Perm = Permit.Read("b", "b") }),
        ("RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "role", Perm = new Permission() }),
        ("RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "root", Perm = Permit.Read("a") }),
        ("RoleRevokePermission", new AuthRoleRevokePermissionRequest()),
        ("RoleRevokePermission", new AuthRoleRevokePermissionRequest { Role = "role" }),
        ("RoleRevokePermission", new AuthRoleRevokePermissionRequest { Role = "role", Key = ByteString.CopyFromUtf8("a") }),
        ("Authenticate", new AuthenticateRequest()),
        ("Authenticate", new AuthenticateRequest { Name = "pat" }),
        ("Authenticate", new AuthenticateRequest { Name = "pat", Password = "wrong" }),
    ];

    private static async Task CompareAsync(
        ServerPair pair, string? netcdToken, string? etcdToken, params (string Method, IMessage Request)[] requests)
    {
        StringBuilder differences = new();
        foreach ((string method, IMessage request) in requests)
        {
            string etcd = await Rpc.AnswerAsync(pair.Etcd.Channel, Prefix + method, request, etcdToken);
            string netcd = await Rpc.AnswerAsync(pair.Netcd.Channel, Prefix + method, request, netcdToken);
            if (etcd != netcd)
            {
                string shown = request.ToString()!;
                shown = shown.Length > 200 ? shown[..200] : shown;
                differences.Append(CultureInfo.InvariantCulture, $"\n{method} {shown}\n  etcd  {etcd}\n  netcd {netcd}");
            }
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    private static async Task<(StatusCode Code, string Text)> SendAsync(GrpcChannel channel, string method, byte[] request, string token)
    {
        Method<byte[], byte[]> called = new(MethodType.Unary, "etcdserverpb.Auth", method, Bytes, Bytes);
        try
        {
            CallOptions options = new(Rpc.Headers(token), DateTime.UtcNow.AddSeconds(20));
            await channel.CreateCallInvoker().AsyncUnaryCall(called, null, options, request);
            return (StatusCode.OK, "");
        }
        catch (RpcException refused)
        {
            return (refused.StatusCode, refused.Status.Detail);
        }
    }
}
