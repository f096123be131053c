using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Starting;
using Netcd.Protocol.V3;
using Netcd.Server.Configuration;
using Netcd.Server.Security;

namespace Netcd.Server.Discovery;

/// <summary>Unary calls of gRPC to a cluster of etcd or netcd, by whichever of its members answers.</summary>
internal sealed class RegistryClient : IDisposable
{
    private const int FrameHead = 5;
    private const int MostAnswerBytes = 16 << 20;
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";

    /// <summary>Go's gRPC client pings no more often, and servers end the connections of those that do.</summary>
    private static readonly TimeSpan LeastKeepAliveTime = TimeSpan.FromSeconds(10);

    private readonly DiscoveryOptions options;
    private readonly Uri[] endpoints;
    private readonly HttpClient http;
    private int current;
    private string? token;

    /// <param name="options">Where the cluster is, and how it is spoken to.</param>
    /// <param name="log">Where certificates that are refused are logged.</param>
    /// <exception cref="NodeStartException">A certificate cannot be read, or an endpoint is none.</exception>
    public RegistryClient(DiscoveryOptions options, ILogger log)
    {
        this.options = options;
        endpoints = [.. options.Endpoints.Select(UrlOf)];
        TlsDialler dialler = new(options.Tls, TlsCredentials.Open(options.Tls, "discovery-", log), log);
        http = new HttpClient(dialler.Create(Configure))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MostAnswerBytes,
        };
    }

    /// <summary>Logs in where there is a user; a cluster without users serves everybody.</summary>
    /// <exception cref="RegistryException">It does not let the user in.</exception>
    public async Task LogInAsync(CancellationToken cancellation)
    {
        if (options.User.Length == 0)
        {
            return;
        }

        token = null;
        AuthenticateRequest request = new() { Name = options.User, Password = options.Password };
        try
        {
            AuthenticateResponse answer = await CallAsync(
                "/etcdserverpb.Auth/Authenticate", request, AuthenticateResponse.Parser, cancellation).ConfigureAwait(false);
            token = answer.Token;
        }
        catch (RegistryException refusal) when (refusal.Message.Contains("authentication is not enabled", StringComparison.Ordinal))
        {
            // Everybody may do everything.
        }
    }

    /// <summary>Reads keys.</summary>
    /// <exception cref="RegistryException">No member answers, or it refuses.</exception>
    public Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken cancellation) =>
        CallAsUserAsync("/etcdserverpb.KV/Range", request, RangeResponse.Parser, cancellation);

    /// <summary>Writes a key.</summary>
    /// <exception cref="RegistryException">No member answers, or it refuses.</exception>
    public Task<PutResponse> PutAsync(PutRequest request, CancellationToken cancellation) =>
        CallAsUserAsync("/etcdserverpb.KV/Put", request, PutResponse.Parser, cancellation);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>A name without a scheme is that of a host and its port.</summary>
    private Uri UrlOf(string endpoint)
    {
        string trimmed = endpoint.Trim();
        string text = trimmed.Contains("://", StringComparison.Ordinal)
            ? trimmed
            : (options.IsSecure ? Uri.UriSchemeHttps : Uri.UriSchemeHttp) + "://" + trimmed;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" or "unix" or "unixs"
            ? url!
            : throw new NodeStartException($"--discovery-endpoints: \"{endpoint}\" is no endpoint");
    }

    private void Configure(SocketsHttpHandler handler)
    {
        handler.UseProxy = false;
        handler.AllowAutoRedirect = false;
        handler.ConnectTimeout = options.DialTimeout > TimeSpan.Zero ? options.DialTimeout : Timeout.InfiniteTimeSpan;
        if (options.KeepAliveTime > TimeSpan.Zero)
        {
            handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
            handler.KeepAlivePingDelay = options.KeepAliveTime > LeastKeepAliveTime ? options.KeepAliveTime : LeastKeepAliveTime;
            handler.KeepAlivePingTimeout =
                options.KeepAliveTimeout > TimeSpan.FromSeconds(1) ? options.KeepAliveTimeout : TimeSpan.FromSeconds(1);
        }
    }

    /// <summary>A token lives for minutes, and a wait for members may be longer.</summary>
    private async Task<TAnswer> CallAsUserAsync<TAnswer>(
        string path, IMessage request, MessageParser<TAnswer> parser, CancellationToken cancellation)
        where TAnswer : IMessage<TAnswer>
    {
        try
        {
            return await CallAsync(path, request, parser, cancellation).ConfigureAwait(false);
        }
        catch (RegistryException refusal) when (
            token is not null && refusal.Message.Contains("invalid auth token", StringComparison.Ordinal))
        {
            await LogInAsync(cancellation).ConfigureAwait(false);
            return await CallAsync(path, request, parser, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<TAnswer> CallAsync<TAnswer>(
        string path, IMessage request, MessageParser<TAnswer> parser, CancellationToken cancellation)
        where TAnswer : IMessage<TAnswer>
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.RequestTimeout);
        RegistryException? failure = null;
        for (int attempt = 0; attempt < endpoints.Length; attempt++)
        {
            try
            {
                ReadOnlyMemory<byte> answer = await ExchangeAsync(new Uri(endpoints[current], path), request, limit.Token)
                    .ConfigureAwait(false);
                return parser.ParseFrom(answer.Span);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or InvalidProtocolBufferException)
            {
                failure = new RegistryException(fault.Message, fault);
            }
            catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
            {
                failure = new RegistryException("context deadline exceeded", fault);
                break;
            }

            current = (current + 1) % endpoints.Length;
        }

        current = (current + 1) % endpoints.Length;
        throw failure!;
    }

    private async Task<ReadOnlyMemory<byte>> ExchangeAsync(Uri url, IMessage request, CancellationToken cancellation)
    {
        byte[] frame = new byte[FrameHead + request.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - FrameHead);
        request.WriteTo(frame.AsSpan(FrameHead));
        using HttpRequestMessage message = new(HttpMethod.Post, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        message.Headers.TE.ParseAdd("trailers");
        if (token is not null)
        {
            message.Headers.TryAddWithoutValidation("token", token);
        }

        using HttpResponseMessage answer = await http.SendAsync(message, cancellation).ConfigureAwait(false);
        byte[] body = await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        string status = First(answer.TrailingHeaders, StatusHeader) ?? First(answer.Headers, StatusHeader)
            ?? throw new RegistryException($"it speaks no gRPC: it answered with status {(int)answer.StatusCode}");
        if (status != "0")
        {
            string text = First(answer.TrailingHeaders, MessageHeader) ?? First(answer.Headers, MessageHeader) ?? "";
            throw new RegistryException(Uri.UnescapeDataString(text));
        }

        return body.Length >= FrameHead && body[0] == 0
            && BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1)) == body.Length - FrameHead
            ? body.AsMemory(FrameHead)
            : throw new RegistryException("its answer is none of gRPC");
    }

    private static string? First(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;
}
