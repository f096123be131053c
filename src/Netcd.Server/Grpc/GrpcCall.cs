using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Netcd.Server.Grpc;

/// <summary>A call as the services see it.</summary>
internal sealed class GrpcCall : ServerCallContext, IDisposable
{
    private readonly CancellationTokenSource? deadline;
    private readonly string method;
    private Metadata? requestHeaders;

    /// <summary>A call that begins.</summary>
    public GrpcCall(HttpContext http, CallHead head, string method)
    {
        Http = http;
        Head = head;
        this.method = method;
        deadline = head.BeginDeadline(http.RequestAborted);
    }

    /// <summary>The request and its response.</summary>
    public HttpContext Http { get; }

    /// <summary>What the headers say.</summary>
    public CallHead Head { get; }

    /// <inheritdoc/>
    protected override string MethodCore => method;

    /// <inheritdoc/>
    protected override string HostCore => Http.Request.Host.Value ?? "";

    /// <inheritdoc/>
    protected override string PeerCore => $"{Http.Connection.RemoteIpAddress}:{Http.Connection.RemotePort}";

    /// <inheritdoc/>
    protected override DateTime DeadlineCore => Head.HasTimeout ? DateTime.UtcNow + Head.Remaining : DateTime.MaxValue;

    /// <inheritdoc/>
    protected override Metadata RequestHeadersCore => requestHeaders ??= ReadHeaders(Http.Request.Headers);

    /// <summary>Fires when the caller has gone or its time is over.</summary>
    protected override CancellationToken CancellationTokenCore => deadline?.Token ?? Http.RequestAborted;

    /// <inheritdoc/>
    protected override Metadata ResponseTrailersCore { get; } = [];

    /// <inheritdoc/>
    protected override Status StatusCore { get; set; }

    /// <inheritdoc/>
    protected override WriteOptions? WriteOptionsCore { get; set; }

    /// <inheritdoc/>
    protected override AuthContext AuthContextCore { get; } = new(null, []);

    /// <summary>Writes an answer of a stream, and waits for the client's pace.</summary>
    public ValueTask WriteAsync(IMessage message)
    {
        Frame.Write(Http.Response.BodyWriter, Head, message);
        return ResponseBody.FlushAsync(Http, deadline?.Token ?? CancellationToken.None);
    }

    /// <inheritdoc/>
    public void Dispose() => deadline?.Dispose();

    /// <inheritdoc/>
    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Http.Response.StartAsync();

    /// <inheritdoc/>
    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException();

    private static Metadata ReadHeaders(IHeaderDictionary headers)
    {
        Metadata read = [];
        foreach ((string name, StringValues values) in headers)
        {
            foreach (string? value in values)
            {
                if (name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
                {
                    read.Add(name, HeaderScan.Decode(value ?? ""));
                }
                else
                {
                    read.Add(name, value ?? "");
                }
            }
        }

        return read;
    }
}
