using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Processes;

namespace Netcd.Interop.BadRequests;

/// <summary>Calls of services and methods that nobody has: the client is told so as etcd tells it.</summary>
public sealed class UnknownCallTests
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static bytes => bytes, static bytes => bytes);

    [Fact]
    public async Task An_unknown_service_or_method_is_refused_in_the_words_of_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach ((string service, string method) in ((string, string)[])[
            ("etcdserverpb.Nothing", "Get"), ("nothing", "Get"), ("etcdserverpb.KV", "Fetch"),
            ("etcdserverpb.Maintenance", "Rest"), ("grpc.health.v1.Health", "Ask")])
        {
            (StatusCode Code, string Text) expected = await CallAsync(pair.Etcd.Channel, service, method);
            Assert.Equal(StatusCode.Unimplemented, expected.Code);
            Assert.Equal(expected, await CallAsync(pair.Netcd.Channel, service, method));
        }
    }

    private static async Task<(StatusCode Code, string Text)> CallAsync(GrpcChannel channel, string service, string method)
    {
        Method<byte[], byte[]> unknown = new(MethodType.Unary, service, method, Bytes, Bytes);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(
            async () => await channel.CreateCallInvoker()
                .AsyncUnaryCall(unknown, null, new CallOptions(deadline: DateTime.UtcNow.AddSeconds(20)), []));
        return (refused.StatusCode, refused.Status.Detail);
    }
}
