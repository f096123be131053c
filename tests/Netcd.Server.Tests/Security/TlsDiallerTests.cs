using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Server.Security;
using Netcd.Testing.Security;

namespace Netcd.Server.Tests.Security;

/// <summary>How a member connects to others: what it shows and whom it trusts follow the files, while its connections live on.</summary>
public sealed class TlsDiallerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority;
    private readonly CancellationTokenSource stop = new();
    private readonly TcpListener port = new(IPAddress.Loopback, 0);
    private readonly Task serving;
    private readonly TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile X509Certificate2 own;
    private volatile string? seen;

    public TlsDiallerTests()
    {
        authority = new TestAuthority(folder.Path, "authority");
        own = Load(authority.Sign("server"));
        port.Start();
        serving = ServeAsync();
    }

    private string Url => $"https://localhost:{((IPEndPoint)port.LocalEndpoint).Port}/";

    public void Dispose()
    {
        stop.Cancel();
        port.Dispose();
        _ = serving.Exception;
        stop.Dispose();
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_changed_certificate_is_shown_and_a_changed_authority_trusted_by_the_handler_that_was_there()
    {
        using TestAuthority later = new(folder.Path, "later");
        TlsOptions options = Options("dialler");
        using HttpMessageInvoker dialler = Dialler(options);
        Assert.Null(await CallAsync(dialler));
        Assert.Equal("CN=dialler", seen);
        own = Load(later.Sign("server"));
        Copy(authority.Sign("renewed"), options);
        await Poll.UntilAsync(async () => await CallAsync(dialler) is not null);
        Replace(options.TrustedCaFile, later.Pem);
        await Poll.UntilAsync(async () => await CallAsync(dialler) is null);
        Assert.Equal("CN=renewed", seen);
    }

    [Fact]
    public async Task An_answer_that_is_being_read_when_the_certificates_change_is_read_to_its_end()
    {
        TlsOptions options = Options("dialler");
        using HttpMessageInvoker dialler = Dialler(options);
        using HttpRequestMessage request = new(HttpMethod.Get, Url + "slow");
        using HttpResponseMessage answer = await dialler.SendAsync(request, stop.Token);
        await using Stream body = await answer.Content.ReadAsStreamAsync(stop.Token);
        byte[] first = new byte[5];
        await body.ReadExactlyAsync(first, stop.Token);
        Copy(authority.Sign("renewed"), options);
        await Poll.UntilAsync(async () => await CallAsync(dialler) is null && seen == "CN=renewed");
        release.SetResult();
        using StreamReader rest = new(body);
        Assert.Equal("56789", await rest.ReadToEndAsync(stop.Token));
    }

    [Theory]
    [InlineData("server", null, null, null)]
    [InlineData("server", "other,server", null, null)]
    [InlineData("server", "other", null, "client certificate authentication failed")]
    [InlineData("server", null, "localhost", null)]
    [InlineData("server", null, "server", "client certificate authentication failed")]
    [InlineData("revoked", null, null, "revoked")]
    public async Task A_member_that_is_dialled_must_have_a_name_that_is_allowed_and_not_be_revoked(
        string name, string? commonNames, string? hostnames, string? reason)
    {
        (string Certificate, string Key) revoked = authority.Sign("revoked");
        string list = folder.At("list.crl");
        File.WriteAllText(list, authority.Revoke(revoked.Certificate));
        own = Load(name == "revoked" ? revoked : authority.Sign(name));
        using HttpMessageInvoker dialler = Dialler(Options("dialler") with
        {
            CrlFile = list,
            AllowedCommonNames = commonNames?.Split(',') ?? [],
            AllowedHostnames = hostnames?.Split(',') ?? [],
        });
        Assert.Equal(reason is null, await CallAsync(dialler) is null);
    }

    [Fact]
    public async Task A_member_that_is_told_so_connects_from_an_address_of_its_choice()
    {
        using TcpListener plain = new(IPAddress.Loopback, 0);
        plain.Start();
        using HttpMessageInvoker dialler = Dialler(new TlsOptions { LocalAddress = "127.0.0.3" });
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://localhost:{((IPEndPoint)plain.LocalEndpoint).Port}/");
        Task<HttpResponseMessage> answer = dialler.SendAsync(request, stop.Token);
        using TcpClient member = await plain.AcceptTcpClientAsync(stop.Token);
        Assert.Equal(IPAddress.Parse("127.0.0.3"), ((IPEndPoint)member.Client.RemoteEndPoint!).Address);
        await member.GetStream().WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray(), stop.Token);
        Assert.Equal(HttpStatusCode.NoContent, (await answer).StatusCode);
    }

    private static X509Certificate2 Load((string Certificate, string Key) pair) =>
        X509Certificate2.CreateFromPemFile(pair.Certificate, pair.Key);

    private static void Copy((string Certificate, string Key) pair, TlsOptions options)
    {
        Replace(options.CertFile, File.ReadAllText(pair.Certificate));
        Replace(options.KeyFile, File.ReadAllText(pair.Key));
    }

    private static void Replace(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static HttpMessageInvoker Dialler(TlsOptions options) => new(new TlsDialler(
        options, TlsCredentials.Open(options, "peer-", NullLogger.Instance), NullLogger.Instance).Create(static _ => { }));

    private TlsOptions Options(string name)
    {
        TlsOptions options = new()
        {
            CertFile = folder.At("own.crt"),
            KeyFile = folder.At("own.key"),
            TrustedCaFile = folder.At("trusted.pem"),
        };
        Copy(authority.Sign(name), options);
        Replace(options.TrustedCaFile, authority.Pem);
        return options;
    }

    /// <summary>What a request fails with, or null.</summary>
    private async Task<Exception?> CallAsync(HttpMessageInvoker dialler)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, Url);
        try
        {
            using HttpResponseMessage answer = await dialler.SendAsync(request, stop.Token);
            return null;
        }
        catch (HttpRequestException failure)
        {
            return failure;
        }
    }

    private async Task ServeAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            TcpClient client = await port.AcceptTcpClientAsync(stop.Token);
            _ = AnswerAsync(client);
        }
    }

    /// <summary>Answers one request, and takes note of who asks.</summary>
    private async Task AnswerAsync(TcpClient client)
    {
        await using SslStream stream = new(client.GetStream());
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = own,
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        seen = certificate?.Subject;
                        return seen is not null;
                    },
                },
                stop.Token);
            byte[] request = new byte[4096];
            int length = await stream.ReadAsync(request, stop.Token);
            if (request.AsSpan(0, length).StartsWith("GET /slow"u8))
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234"u8.ToArray(), stop.Token);
                await release.Task.WaitAsync(stop.Token);
                await stream.WriteAsync("56789"u8.ToArray(), stop.Token);
            }
            else if (length > 0)
            {
                await stream.WriteAsync("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"u8.ToArray(), stop.Token);
            }
        }
        catch (Exception refused)
            when (refused is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
        {
            // The dialler does not trust this one, or the test is over.
        }
    }
}
