using Google.Protobuf;
using Grpc.Net.Client;
using Netcd.Client;
using Netcd.ClientTests.Servers;
using Netcd.Protocol.V3;

namespace Netcd.ClientTests.Watching;

/// <summary>Watches where users count.</summary>
public sealed class WatchAccessTests
{
    [Theory]
    [InlineData(Server.Netcd)]
    [InlineData(Server.Etcd)]
    public async Task A_refusal_is_thrown_and_a_token_that_ran_out_is_replaced(Server server)
    {
        await using OwnServer own = await OwnServer.StartAsync(server, "--bcrypt-cost=4");
        await EnableAsync(own.Process.Channel);
        await using EtcdClient client = own.NewClient(static options => options with { UserName = "reader", Password = "of keys" });
        await using Recorder early = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("read/"));
        EtcdException refused = await Assert.ThrowsAsync<EtcdException>(
            () => Recorder.StartAsync(client.Watches, KeyRange.Key("other")));
        Assert.Equal((EtcdStatusCode.PermissionDenied, "etcdserver: permission denied"), (refused.Code, refused.Message));

        // A password that is set ends the user's tokens: a watch on the stream of the old one is refused.
        Auth.AuthClient auth = new(own.Process.Channel);
        await auth.UserChangePasswordAsync(
            new AuthUserChangePasswordRequest { Name = "reader", Password = "of keys" }, await TokenAsync(own.Process.Channel));
        await using Recorder late = await Recorder.StartAsync(client.Watches, KeyRange.Prefix("read/"));

        // So does a start.
        await own.KillAsync();
        await own.RestartAsync();
        await using EtcdClient writer = own.NewClient(static options => options with { UserName = "root", Password = "of all" });
        long put = (await writer.Keys.PutAsync("read/k", "v")).Header.Revision;
        await early.UntilAsync(put);
        await late.UntilAsync(put);
        Assert.Equal(["v"], early.Events.Select(static change => change.KeyValue.ValueText));

        await using EtcdClient stranger = own.NewClient(static options => options with { UserName = "reader", Password = "wrong" });
        await Assert.ThrowsAsync<EtcdAuthenticationException>(() => Recorder.StartAsync(stranger.Watches, KeyRange.Prefix("read/")));
        await using EtcdClient forger = own.NewClient(static options => options with { Token = "made.up" });
        await Assert.ThrowsAsync<EtcdAuthenticationException>(() => Recorder.StartAsync(forger.Watches, KeyRange.Prefix("read/")));
        await using EtcdClient nobody = own.NewClient();
        EtcdException unnamed = await Assert.ThrowsAsync<EtcdException>(
            () => Recorder.StartAsync(nobody.Watches, KeyRange.Prefix("read/")));
        Assert.Contains("user name is empty", unnamed.Message, StringComparison.Ordinal);
    }

    private static async Task EnableAsync(GrpcChannel channel)
    {
        Auth.AuthClient auth = new(channel);
        await auth.RoleAddAsync(new AuthRoleAddRequest { Name = "root" });
        await auth.UserAddAsync(new AuthUserAddRequest { Name = "root", Password = "of all" });
        await auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = "root", Role = "root" });
        await auth.RoleAddAsync(new AuthRoleAddRequest { Name = "reading" });
        await auth.RoleGrantPermissionAsync(new AuthRoleGrantPermissionRequest
        {
            Name = "reading",
            Perm = new Permission
            {
                PermType = Permission.Types.Type.Read,
                Key = ByteString.CopyFromUtf8("read/"),
                RangeEnd = ByteString.CopyFromUtf8("read0"),
            },
        });
        await auth.UserAddAsync(new AuthUserAddRequest { Name = "reader", Password = "of keys" });
        await auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = "reader", Role = "reading" });
        await auth.AuthEnableAsync(new AuthEnableRequest());
    }

    private static async Task<Grpc.Core.Metadata> TokenAsync(GrpcChannel channel)
    {
        AuthenticateResponse response = await new Auth.AuthClient(channel).AuthenticateAsync(
            new AuthenticateRequest { Name = "root", Password = "of all" });
        return new Grpc.Core.Metadata { { "token", response.Token } };
    }
}
