using System.Net;
using System.Net.Http.Headers;

namespace Netcd.Load;

/// <summary>
/// One cleartext HTTP/2 connection that makes unary gRPC calls with as little around them as possible: a general gRPC client
/// costs several times more CPU a call, and on a small machine that CPU is the server's.
/// </summary>
internal sealed class GrpcConnection : IDisposable
{
    private static readonly MediaTypeHeaderValue GrpcContent = new("application/grpc");

    /// <summary>What a user was given when it logged in; null where nobody has to.</summary>
    private static readonly string? Token = Environment.GetEnvironmentVariable("NETCD_LOAD_TOKEN");

    private readonly HttpMessageInvoker invoker;
    private readonly Uri endpoint;

    public GrpcConnection(Uri endpoint)
    {
        this.endpoint = endpoint;
        invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = false,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            InitialHttp2StreamWindowSize = 1 << 20,
        });
    }

    /// <summary>Sends a frame and returns the frame of the answer.</summary>
    /// <exception cref="GrpcStatusException">The call ended with a status other than 0, or without one.</exception>
    public async Task<byte[]> CallAsync(GrpcCall call)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(endpoint, call.Method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(call.Frame),
        };
        request.Content.Headers.ContentType = GrpcContent;
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (Token is not null)
        {
            request.Headers.TryAddWithoutValidation("token", Token);
        }


        using HttpResponseMessage response = await invoker.SendAsync(request, CancellationToken.None);
        byte[] answer = await response.Content.ReadAsByteArrayAsync();
        string? status = First(response.TrailingHeaders, "grpc-status") ?? First(response.Headers, "grpc-status");
        if (status != "0")
        {
            string? message = First(response.TrailingHeaders, "grpc-message") ?? First(response.Headers, "grpc-message");
            throw new GrpcStatusException($"HTTP {(int)response.StatusCode}, grpc-status {status ?? "absent"}, {message}");
        }

        return answer;
    }

    public void Dispose() => invoker.Dispose();

    private static string? First(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values.ToString() : null;
}
