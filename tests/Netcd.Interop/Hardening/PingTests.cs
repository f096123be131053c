using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;
using Netcd.Testing.Security;

namespace Netcd.Interop.Hardening;

/// <summary>How often a client may ping its connection: as gRPC's servers have it, beside etcd (L8).</summary>
public sealed class PingTests
{
    private const int EnhanceYourCalm = 11;
    private static readonly byte[] Ping = RawHttp2.Frame(RawHttp2.Ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task L8_the_fourth_ping_in_a_row_ends_the_connection_in_etcds_words(bool hasStream)
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
        {
            await using RawHttp2 client = await RawHttp2.ConnectAsync(server.Port);
            if (hasStream)
            {
                await WatchAsync(client);
            }

            await EndedAtTheFourthAsync(client);
        }
    }

    [Fact]
    public async Task L8_a_flood_of_pings_ends_the_connection_at_once_and_the_calls_of_others_go_on()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        await using RawHttp2 client = await RawHttp2.ConnectAsync(netcd.Port);
        await client.SendAsync(Enumerable.Repeat(Ping, 5_000).SelectMany(static frame => frame).ToArray());
        await Poll.UntilAsync(() => Task.FromResult(client.IsClosed));
        await PutAsync(netcd);
    }

    [Fact]
    public async Task L8_it_is_so_with_TLS_too()
    {
        using TemporaryFolder folder = new();
        using TestAuthority authority = new(folder.Path, "authority");
        (string certificate, string key) = authority.Sign("server");
        int port = FreePort.Next();
        await using ServerProcess netcd = await ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("data"), port,
            "--listen-client-urls", $"https://127.0.0.1:{port}", "--cert-file", certificate, "--key-file", key);
        await using RawHttp2 client = await RawHttp2.ConnectAsync(port, encrypt: plain => EncryptAsync(plain, authority.File));
        await WatchAsync(client, isEncrypted: true);
        await EndedAtTheFourthAsync(client);
    }

    [Fact]
    public async Task A_client_that_receives_something_between_its_pings_goes_on()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
        {
            await using RawHttp2 client = await RawHttp2.ConnectAsync(server.Port);
            await WatchAsync(client);
            for (int n = 1; n <= 12; n++)
            {
                await PutAsync(server);
                await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Data) >= n + 1));
                await PingAsync(client, n);
            }

            Assert.False(client.IsClosed);
        }
    }

    [Fact]
    public async Task The_least_time_between_pings_is_the_operators()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--grpc-keepalive-min-time", "20ms");
        foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
        {
            await using RawHttp2 client = await RawHttp2.ConnectAsync(server.Port);
            await WatchAsync(client);
            for (int n = 1; n <= 8; n++)
            {
                await Task.Delay(60);
                await PingAsync(client, n);
            }

            Assert.False(client.IsClosed);
        }
    }

    private static async Task<Stream> EncryptAsync(Stream plain, string authority)
    {
        SslStream encrypted = new(plain);
        X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(authority));
        await encrypted.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            CertificateChainPolicy = trust,
        });
        return encrypted;
    }

    private static async Task WatchAsync(RawHttp2 client, bool isEncrypted = false)
    {
        List<byte> bytes = [];
        int stream = client.Open(bytes, RawHttp2.HeadersOf("/etcdserverpb.Watch/Watch", isEncrypted));
        byte[] create = Transport.RawCall.Frame(
            new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8("pinged") } });
        bytes.AddRange(RawHttp2.Frame(RawHttp2.Data, 0, stream, create));
        await client.SendAsync(bytes.ToArray());
        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Data) == 1));
    }

    private static async Task EndedAtTheFourthAsync(RawHttp2 client)
    {
        for (int n = 1; n <= 3; n++)
        {
            await PingAsync(client, n);
        }

        await client.SendAsync(Ping);
        await Poll.UntilAsync(() => Task.FromResult(client.Farewell is not null));
        Assert.Equal((EnhanceYourCalm, "too_many_pings"), client.Farewell);
        await Poll.UntilAsync(() => Task.FromResult(client.IsClosed));
    }

    /// <summary>Pings and waits for the answer.</summary>
    private static async Task PingAsync(RawHttp2 client, int count)
    {
        await client.SendAsync(Ping);
        await Poll.UntilAsync(() => Task.FromResult(client.Count(RawHttp2.Ping) >= count));
    }

    private static async Task PutAsync(ServerProcess server) =>
        await new KV.KVClient(server.Channel).PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8("pinged") }, deadline: DateTime.UtcNow.AddSeconds(30));
}
