using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Netcd.Fuzzing.Live;

/// <summary>
/// A server of one member, in a directory of its own, that must live on whatever it is sent. Now and then all that it was made to keep is
/// deleted, so that what it holds then can be compared.
/// </summary>
internal sealed class LiveServer : IDisposable
{
    private const int PostsBetweenCleanings = 2_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly LivePort port;
    private readonly GrowthWatch growth = new();
    private LiveSetup setup = null!;
    private ILiveHost host = null!;
    private HttpClient http = null!;
    private LiveKeeper keeper = null!;
    private int posts;

    public LiveServer(LivePort port)
    {
        this.port = port;
        Start();
    }

    /// <summary>The program to attack; null for a server in this process.</summary>
    public static string? Program { get; set; }

    public Uri ClientUrl => host.ClientUrl;

    public Uri PeerUrl => host.PeerUrl;

    /// <summary>Puts TLS around a connection; null where it speaks none.</summary>
    public Func<NetworkStream, Stream>? Secure => port.HasTls ? AuthenticateOver : null;

    /// <summary>Posts a body and gives the answer with its body and trailers read.</summary>
    /// <param name="path">The path.</param>
    /// <param name="body">The body.</param>
    /// <param name="overHttp2">Whether as gRPC over HTTP/2, else as JSON over HTTP/1.1.</param>
    /// <param name="token">Says whose token to send; any other value is for none.</param>
    public HttpResponseMessage Post(string path, byte[] body, bool overHttp2, byte token)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(body),
            Version = overHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", overHttp2 ? "application/grpc" : "application/json");
        request.Headers.TryAddWithoutValidation(overHttp2 ? "grpc-timeout" : "Grpc-Timeout", "100m");
        if (overHttp2)
        {
            request.Headers.TryAddWithoutValidation("te", "trailers");
        }

        if (keeper.TokenOf(token) is { } text)
        {
            request.Headers.TryAddWithoutValidation(overHttp2 ? "token" : "Authorization", text);
        }

        HttpResponseMessage answer = http.SendAsync(request).GetAwaiter().GetResult();
        Check();
        return answer;
    }

    /// <summary>Called after each input: a fault of the server is thrown, and in between it is cleaned.</summary>
    public void Check()
    {
        if (host.Failure is { } failure)
        {
            throw new InvalidOperationException(failure);
        }

        if (++posts % PostsBetweenCleanings == 0)
        {
            Clean();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (posts >= PostsBetweenCleanings)
        {
            Console.WriteLine($"{ClientUrl}: {growth}");
        }

        Stop();
    }

    /// <summary>An input that took the rights of the keeper itself, as root may, leads to a new server.</summary>
    private void Clean()
    {
        if (keeper.TryClean())
        {
            if (growth.Add(host.MemoryBytes, host.Descriptors) is { } grown)
            {
                throw new InvalidDataException(grown);
            }

            return;
        }

        Stop();
        Start();
    }

    private SslStream AuthenticateOver(NetworkStream network)
    {
        SslStream stream = new(network);
        stream.AuthenticateAsClient(setup.ClientOptions());
        return stream;
    }

    private void Start()
    {
        setup = new LiveSetup(port);
        host = Program is { } program ? new ProgramHost(program, setup) : new InProcessHost(setup);
        SocketsHttpHandler handler = new() { SslOptions = setup.ClientOptions() };
        http = new HttpClient(handler) { BaseAddress = host.ClientUrl, Timeout = Deadline };
        keeper = new LiveKeeper(http, port.HasUsers);
        keeper.Begin(() => host.Failure);
    }

    private void Stop()
    {
        http.Dispose();
        host.Dispose();
        setup.Dispose();
    }
}
