using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Starting;
using Netcd.Server.Configuration;
using Netcd.Server.Hosting;

namespace Netcd.Server.Tests.Gateway;

/// <summary>A server of one member in this process, in a directory of its own.</summary>
public sealed class GatewayServer : IAsyncLifetime
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("netcd-gateway");
    private EtcdServer? server;

    /// <summary>What is other than usual.</summary>
    internal Func<ServerOptions, ServerOptions> Configure { get; init; } = static options => options;

    /// <summary>Speaks HTTP/1.1 to it.</summary>
    public HttpClient Client { get; private set; } = new();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Uri url = new($"http://127.0.0.1:{FreePort.Next()}");
        ServerOptions options = new()
        {
            Node = new NodeOptions
            {
                Name = "default",
                DataDirectory = directory.FullName,
                InitialCluster = new Dictionary<string, IReadOnlyList<string>> { ["default"] = ["http://127.0.0.1:2380"] },
                AdvertiseClientUrls = [url.OriginalString],
                HeartbeatMilliseconds = 10,
                ElectionMilliseconds = 100,
            },
            ListenClientUrls = [url],
            ListenPeerUrls = [],
        };
        server = await EtcdServer.StartAsync(
            Configure(options), NullLoggerFactory.Instance, (stage, failure) => Assert.Fail(stage + ": " + failure));
        Client = new HttpClient { BaseAddress = url };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        directory.Delete(recursive: true);
    }

    /// <summary>Posts a body as curl -d does.</summary>
    public Task<Reply> PostAsync(string path, string body) => PostAsync(path, Encoding.UTF8.GetBytes(body));

    /// <summary>Posts a body as a user does that has logged in.</summary>
    public async Task<Reply> PostAsync(string path, string body, string token)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(body) };
        request.Headers.TryAddWithoutValidation("Authorization", token);
        return await Reply.FromAsync(await Client.SendAsync(request));
    }

    /// <summary>Posts bytes as curl --data-binary does.</summary>
    public async Task<Reply> PostAsync(string path, byte[] body)
    {
        using ByteArrayContent content = new(body);
        content.Headers.ContentType = new("application/x-www-form-urlencoded");
        return await Reply.FromAsync(await Client.PostAsync(path, content));
    }

    /// <summary>Sends another method.</summary>
    public async Task<Reply> SendAsync(HttpMethod method, string path)
    {
        using HttpRequestMessage request = new(method, path);
        return await Reply.FromAsync(await Client.SendAsync(request));
    }
}
