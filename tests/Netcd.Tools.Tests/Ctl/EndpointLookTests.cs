using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Netcd.Client;
using Netcd.Testing.Processes;
using Netcd.Testing.Security;
using Netcd.Tools.Ctl.Hints;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>What a look at an endpoint finds out about who listens there, and what is said then.</summary>
public sealed class EndpointLookTests : IDisposable
{
    /// <summary>An empty frame of settings: how a server begins HTTP/2.</summary>
    private static readonly byte[] Settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority;

    public EndpointLookTests() => authority = new TestAuthority(folder.Path, "our-authority");

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Where_nobody_listens_the_port_is_asked_about()
    {
        string endpoint = $"127.0.0.1:{FreePort.Next()}";
        Assert.StartsWith($"nothing listens at {endpoint}: ", await HintAsync(endpoint, null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_without_address_is_told() =>
        Assert.StartsWith("the name nowhere.invalid is not known", await HintAsync("nowhere.invalid:2379", null), StringComparison.Ordinal);

    [Fact]
    public async Task What_speaks_as_etcd_does_explains_nothing()
    {
        using Listener server = new(stream => stream.WriteAsync(Settings).AsTask());
        Assert.Null(await HintAsync(server.Endpoint, null));
    }

    [Fact]
    public async Task A_web_server_is_called_one()
    {
        using Listener server = new(stream => stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()).AsTask());
        Assert.StartsWith($"{server.Endpoint} is a web server", await HintAsync(server.Endpoint, null), StringComparison.Ordinal);
        Assert.StartsWith(
            $"https://{server.Endpoint} is a web server", await HintAsync("https://" + server.Endpoint, null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_else_is_not_called_etcd()
    {
        using Listener server = new(stream => stream.WriteAsync("SSH-2.0-other\r\n"u8.ToArray()).AsTask());
        Assert.Contains("is not etcd", await HintAsync(server.Endpoint, null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_with_TLS_is_to_be_called_by_https()
    {
        using Listener server = Tls(authority.Sign("good"));
        Assert.StartsWith(
            $"{server.Endpoint} speaks TLS: write https://{server.Endpoint}",
            await HintAsync(server.Endpoint, null),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_TLS_is_to_be_called_by_http()
    {
        using Listener server = new(stream => stream.WriteAsync(Settings).AsTask());
        string endpoint = "https://" + server.Endpoint;
        Assert.StartsWith(
            $"{endpoint} does not speak TLS: write http://{server.Endpoint}", await HintAsync(endpoint, null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_good_explains_nothing()
    {
        using Listener server = Tls(authority.Sign("good"));
        Assert.Null(await HintAsync("https://" + server.Endpoint, Trust(authority)));
    }

    [Fact]
    public async Task An_authority_that_is_not_trusted_is_named()
    {
        using Listener server = Tls(authority.Sign("good"));
        string? unknown = await HintAsync("https://" + server.Endpoint, null);
        Assert.Contains("is from CN=our-authority, which this machine does not trust", unknown, StringComparison.Ordinal);
        using TestAuthority other = new(folder.Path, "other-authority");
        string? wrong = await HintAsync("https://" + server.Endpoint, Trust(other));
        Assert.Contains($"is from CN=our-authority, for which {other.File} does not vouch", wrong, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_said_to_have()
    {
        using Listener server = Tls(authority.Sign("old", days: -2));
        Assert.Matches(
            @"the certificate of https://127\.0\.0\.1:\d+ expired on \d{4}-\d\d-\d\d: renew it",
            await HintAsync("https://" + server.Endpoint, Trust(authority)));
    }

    [Fact]
    public async Task A_certificate_for_another_name_tells_its_names()
    {
        using Listener server = Tls(authority.Sign("good"));
        Uri other = new($"https://127.0.0.2:{server.Port}");
        EndpointReport found = await new EndpointLook(other, Trust(authority), Patience).RunAsync();
        Assert.Equal((EndpointFinding.WrongName, "for localhost, 127.0.0.1, not for 127.0.0.2"), (found.Finding, found.Detail));
    }

    [Fact]
    public async Task Whoever_is_to_be_believed_anyway_is_not_looked_at()
    {
        using Listener server = Tls(authority.Sign("old", days: -2));
        Assert.Null(await HintAsync("https://" + server.Endpoint, new EtcdTlsOptions { SkipVerify = true }));
    }

    [Fact]
    public async Task A_server_that_wants_a_certificate_is_to_be_given_one()
    {
        using Listener server = Tls(authority.Sign("good"), wantsCertificate: true);
        string? hint = await HintAsync("https://" + server.Endpoint, Trust(authority));
        Assert.EndsWith("wants a certificate from its clients: give one by --cert FILE --key FILE", hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_certificate_is_named()
    {
        using Listener server = Tls(authority.Sign("good"));
        string file = folder.At("nothing");
        string? hint = await HintAsync("https://" + server.Endpoint, new EtcdTlsOptions { CaFile = file });
        Assert.StartsWith(file + " cannot be used: ", hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_server_has_answered_needs_no_look() => Assert.Null(await ConnectionHint.OfAsync(
        new EtcdUnavailableException(EtcdStatusCode.Unavailable, "etcdserver: no leader"), ["127.0.0.1:1"], null));

    private static EtcdTlsOptions Trust(TestAuthority trusted) => new() { CaFile = trusted.File };

    private static Task<string?> HintAsync(string endpoint, EtcdTlsOptions? tls) => ConnectionHint.OfAsync(endpoint, tls, Patience);

    private static Listener Tls((string Certificate, string Key) files, bool wantsCertificate = false) => new(async plain =>
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        await using SslStream stream = new(plain);
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            ClientCertificateRequired = wantsCertificate,
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null || !wantsCertificate,
        });
        await stream.WriteAsync(Settings);
        _ = await stream.ReadAsync(new byte[1]);
    });

    /// <summary>A server that treats each connection alike, and closes it afterwards.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Any, FreePort.Next());

        public Listener(Func<NetworkStream, Task> serve)
        {
            listener.Start();
            _ = ServeAsync(serve);
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public string Endpoint => $"127.0.0.1:{Port}";

        public void Dispose() => listener.Dispose();

        private async Task ServeAsync(Func<NetworkStream, Task> serve)
        {
            while (true)
            {
                try
                {
                    TcpClient client = await listener.AcceptTcpClientAsync();
                    _ = ServeAsync(client, serve);
                }
                catch (Exception ended) when (ended is SocketException or ObjectDisposedException or InvalidOperationException)
                {
                    return;
                }
            }
        }

        private static async Task ServeAsync(TcpClient client, Func<NetworkStream, Task> serve)
        {
            using (client)
            {
                try
                {
                    await serve(client.GetStream());
                    _ = await client.GetStream().ReadAsync(new byte[100]);
                }
                catch (Exception refused) when (refused is IOException or AuthenticationException or ObjectDisposedException)
                {
                    // The other side does not speak as we do.
                }
            }
        }
    }
}
