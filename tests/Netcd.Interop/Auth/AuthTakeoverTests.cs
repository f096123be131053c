using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Processes;
using Netcd.Interop.Takeover;

namespace Netcd.Interop.Auth;

/// <summary>Users, roles and the need to log in change hands with a data directory, and with a snapshot.</summary>
public sealed class AuthTakeoverTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_directory_with_users_is_protected_by_whoever_opens_it(bool etcdFirst)
    {
        using TemporaryFolder folder = new();
        string directory = folder.At("data");
        string etcd = await EtcdPrograms.EtcdAsync();
        string[] programs = etcdFirst ? [etcd, NetcdProgram.Path] : [NetcdProgram.Path, etcd];
        string picture;
        await using (ServerProcess first = await StartAsync(programs[0], directory))
        {
            picture = await PeopleAsync(first.Channel);
            await first.TerminateAsync();
        }

        for (int turn = 1; turn < 4; turn++)
        {
            await using ServerProcess next = await StartAsync(programs[turn % 2], directory);
            Accounts accounts = await AssertProtectedAsync(next.Channel, picture, turn);
            await accounts.ChangePasswordAsync("pat", $"password-{turn}");
            await accounts.AddUserAsync($"user-{turn}", "reading");
            await accounts.AddRoleAsync($"role-{turn}", Permit.Both($"turn-{turn}"), Permit.Read("x", "\0"));
            await accounts.RevokeAsync("spare", Permit.Read($"spare-{turn}"));
            await accounts.DeleteUserAsync($"leaving-{turn}");
            picture = await accounts.PictureAsync();
            await (turn == 2 ? next.KillAsync() : next.TerminateAsync());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_snapshot_with_users_is_protected_where_it_is_restored(bool ofEtcd)
    {
        using TemporaryFolder folder = new();
        string etcd = await EtcdPrograms.EtcdAsync();
        (string source, string target) = ofEtcd ? (etcd, NetcdProgram.Path) : (NetcdProgram.Path, etcd);
        string snapshot = folder.At("snapshot");
        string picture;
        await using (ServerProcess server = await StartAsync(source, folder.At("data")))
        {
            picture = await PeopleAsync(server.Channel);
            string[] save = ["--endpoints", server.Endpoint, "--user", "root:" + Accounts.PasswordOf("root"), "snapshot", "save", snapshot];
            (await Command.RunAsync(await EtcdPrograms.EtcdctlAsync(), save)).Succeeded();
        }

        RestoredDirectory restored = await RestoredDirectory.RestoreAsync(snapshot, folder.At("restored"), members: 1);
        await using ServerProcess next = await restored.StartAsync(target, folder.At("restored"), 0, "--bcrypt-cost", "4");
        await AssertProtectedAsync(next.Channel, picture, turn: 1);
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS384")]
    [InlineData("ES256")]
    [InlineData("HS512")]
    public async Task A_signed_token_of_one_is_good_for_the_other(string method)
    {
        using TemporaryFolder folder = new();
        string[] options = ["--bcrypt-cost", "4", "--auth-token", await TokenKeysAsync(method, folder)];
        await using ServerProcess etcd = await ServerProcess.EtcdAsync(folder.At("etcd"), options);
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("netcd"), options);
        GrpcChannel[] channels = [etcd.Channel, netcd.Channel];
        await Task.WhenAll(channels.Select(PeopleAsync));
        foreach (GrpcChannel issuer in channels)
        {
            string token = await new Accounts(issuer).LogInAsync("reader");
            foreach (GrpcChannel server in channels)
            {
                Assert.StartsWith(Rpc.Served, await ReadAsync(server, "data", token), StringComparison.Ordinal);
                Assert.Equal("PermissionDenied: etcdserver: permission denied", await ReadAsync(server, "a-secret", token));

                // With one letter of the signature changed it is nobody's.
                string forged = token[..^3] + (token[^3] == 'A' ? 'B' : 'A') + token[^2..];
                Assert.Equal("Unauthenticated: etcdserver: invalid auth token", await ReadAsync(server, "data", forged));
            }
        }
    }

    private static Task<ServerProcess> StartAsync(string program, string directory) =>
        ServerProcess.ReadyAsync(program, directory, FreePort.Next(), "--bcrypt-cost", "4");

    /// <summary>Makes users and roles, and gives the picture of them.</summary>
    private static async Task<string> PeopleAsync(GrpcChannel channel)
    {
        await channel.PutAsync("data", "1");
        await channel.PutAsync("a-secret", "2");
        Accounts accounts = new(channel);
        await accounts.AddRoleAsync("reading", Permit.Read("data"), Permit.Read("open", "\0"));
        await accounts.AddRoleAsync(
            "spare", Permit.Read("spare-1"), Permit.Read("spare-2"), Permit.Read("spare-3"), Permit.Write("a", "b"));
        await accounts.AddUserAsync("reader", "reading");
        await accounts.AddUserAsync("pat", "spare", "reading");
        await accounts.AddUserWithoutPasswordAsync("known-by-certificate", "reading");
        for (int turn = 1; turn < 4; turn++)
        {
            await accounts.AddUserAsync($"leaving-{turn}", "spare");
        }

        await accounts.EnableAsync();
        return await accounts.PictureAsync();
    }

    private static async Task<Accounts> AssertProtectedAsync(GrpcChannel channel, string picture, int turn)
    {
        foreach (string key in (string[])["data", "a-secret", "nothing"])
        {
            Assert.Equal("InvalidArgument: etcdserver: user name is empty", await ReadAsync(channel, key, null));
        }

        RpcException put = await Assert.ThrowsAsync<RpcException>(() => channel.PutAsync("data", "changed"));
        Assert.Equal("etcdserver: user name is empty", put.Status.Detail);

        Accounts accounts = new(channel);
        await Assert.ThrowsAsync<RpcException>(() => accounts.LogInAsync("reader", "not the password"));
        string reader = await accounts.LogInAsync("reader");
        Assert.StartsWith(Rpc.Served, await ReadAsync(channel, "data", reader), StringComparison.Ordinal);
        Assert.StartsWith(Rpc.Served, await ReadAsync(channel, "open-for-all", reader), StringComparison.Ordinal);
        Assert.Equal("PermissionDenied: etcdserver: permission denied", await ReadAsync(channel, "a-secret", reader));
        if (turn > 1)
        {
            await accounts.LogInAsync("pat", $"password-{turn - 1}");
            await accounts.LogInAsync($"user-{turn - 1}");
            await Assert.ThrowsAsync<RpcException>(() => accounts.LogInAsync("pat"));
            await Assert.ThrowsAsync<RpcException>(() => accounts.LogInAsync($"leaving-{turn - 1}"));
        }

        accounts.Token = await accounts.LogInAsync(Accounts.Root);
        Assert.Equal(picture, await accounts.PictureAsync());
        return accounts;
    }

    private static Task<string> ReadAsync(GrpcChannel channel, string key, string? token) => Rpc.AnswerAsync(
        channel, "/etcdserverpb.KV/Range", new Protocol.V3.RangeRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8(key) }, token);

    /// <summary>Writes keys of a kind, and gives the option that names them.</summary>
    private static async Task<string> TokenKeysAsync(string method, TemporaryFolder folder)
    {
        (string publicKey, string privateKey) = (folder.At("public.pem"), folder.At("private.pem"));
        switch (method[..2])
        {
            case "RS" or "PS":
                using (RSA rsa = RSA.Create(2048))
                {
                    await File.WriteAllTextAsync(privateKey, rsa.ExportRSAPrivateKeyPem());
                    await File.WriteAllTextAsync(publicKey, rsa.ExportSubjectPublicKeyInfoPem());
                }

                break;
            case "ES":
                using (ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    await File.WriteAllTextAsync(privateKey, ec.ExportECPrivateKeyPem());
                    await File.WriteAllTextAsync(publicKey, ec.ExportSubjectPublicKeyInfoPem());
                }

                break;
            default:
                await File.WriteAllTextAsync(privateKey, RandomNumberGenerator.GetHexString(64));
                return $"jwt,sign-method={method},priv-key={privateKey},ttl=5m";
        }

        return $"jwt,sign-method={method},pub-key={publicKey},priv-key={privateKey},ttl=5m";
    }
}
