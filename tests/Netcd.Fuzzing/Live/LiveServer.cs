using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Starting;
using Netcd.Server.Configuration;
using Netcd.Server.Hosting;

namespace Netcd.Fuzzing.Live;

/// <summary>A server of one member in this process, in a directory of its own, that must live on whatever it is sent.</summary>
internal sealed class LiveServer : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("netcd-fuzzing");
    private readonly EtcdServer server;
    private readonly HttpClient http1;
    private readonly HttpClient http2;
    private volatile string? stageFailure;

    public LiveServer()
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
        server = EtcdServer.StartAsync(options, NullLoggerFactory.Instance, (stage, failure) => stageFailure = $"{stage}: {failure}")
            .GetAwaiter().GetResult();
        http1 = new HttpClient { BaseAddress = url, Timeout = Deadline };
        http2 = new HttpClient { BaseAddress = url, Timeout = Deadline };
    }

    /// <summary>Posts a body and gives the answer with its body and trailers read.</summary>
    public HttpResponseMessage Post(string path, byte[] body, string contentType, bool overHttp2)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(body),
            Version = overHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        if (overHttp2)
        {
            request.Headers.TryAddWithoutValidation("te", "trailers");
        }

        HttpResponseMessage answer = (overHttp2 ? http2 : http1).SendAsync(request).GetAwaiter().GetResult();
        if (stageFailure is { } failure)
        {
            throw new InvalidOperationException(failure);
        }

        return answer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        http1.Dispose();
        http2.Dispose();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        directory.Delete(recursive: true);
    }
}
