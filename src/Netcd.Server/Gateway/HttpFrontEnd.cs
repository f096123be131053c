using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.Errors;
using Netcd.Server.EngineAccess;
using Netcd.Server.Grpc;
using Netcd.Server.Http;
using Netcd.Server.Running;
using Netcd.Server.Services;

namespace Netcd.Server.Gateway;

/// <summary>
/// What HTTP clients see around the endpoints: headers for browsers, the JSON gateway below <c>/v3/</c>, and Go's words for
/// paths that nothing is at.
/// </summary>
/// <param name="routes">The gateway's calls, or null where it is switched off.</param>
/// <param name="access">Under which names clients may call, and from where browsers may.</param>
/// <param name="maxMessageBytes">Bytes of a request as a message.</param>
/// <param name="mistakesCertificates">Whether clients have to show certificates, and these stand for users, but not here: then a client
/// with a name in its certificate is refused rather than served as nobody.</param>
/// <param name="log">Where failures go.</param>
internal sealed class HttpFrontEnd(
    GatewayRoutes? routes, AccessControl access, int maxMessageBytes, Func<bool> mistakesCertificates, ILogger log)
{
    /// <summary>etcd's words.</summary>
    private const string CertificateIgnored =
        "CommonName of client sending a request against gateway will be ignored and not used as expected";

    /// <summary>How long a request may take: its JSON is small, and a client sends it at once.</summary>
    private static readonly CoarseTimeout Patience = new(ServiceLimits.JsonRequestTime);

    private const string Prefix = "/v3/";
    private const string FormerPrefix = "/v3beta/";
    private const string RequireLeaderHeader = "Grpc-Metadata-Hasleader";
    private const string TokenHeader = "Grpc-Metadata-Token";
    private const string TimeoutHeader = "Grpc-Timeout";

    /// <summary>Serves a request, or has it served.</summary>
    public async Task ServeAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await RouteAsync(http, next).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsGone(http, failure))
        {
            log.LostClient(http.Request.Path);
            HangUp(http);
        }
    }

    /// <summary>Whether a failure is only that the client has gone; what is wrong with a request the server answers itself.</summary>
    private static bool IsGone(HttpContext http, Exception failure) =>
        failure is not BadHttpRequestException
        && (failure is IOException or OperationCanceledException || http.RequestAborted.IsCancellationRequested);

    private async Task RouteAsync(HttpContext http, RequestDelegate next)
    {
        if (access.Admit(http, log) is { } refused)
        {
            await refused.ConfigureAwait(false);
            return;
        }

        if (IsMistaken(http))
        {
            await PlainText.WriteAsync(http, StatusCodes.Status400BadRequest, CertificateIgnored).ConfigureAwait(false);
            return;
        }

        if (http.Request.Method == HttpMethods.Options)
        {
            http.Response.ContentLength = 0;
            return;
        }

        string path = RequestPath.Decode(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, out string query);
        if (path.StartsWith(FormerPrefix, StringComparison.Ordinal))
        {
            path = Prefix + path[FormerPrefix.Length..];
        }

        if (Destination(http.Request.Method, path) is var destination && destination != path)
        {
            await Redirect.WriteAsync(http, destination, query).ConfigureAwait(false);
            return;
        }

        await ServeAsync(http, RequestPath.ToText(path), next).ConfigureAwait(false);
    }

    /// <summary>Whether a caller may believe that its certificate counts here.</summary>
    private bool IsMistaken(HttpContext http) => routes is not null && mistakesCertificates()
        && http.Request.Path.Value is { } path
        && (path.StartsWith(Prefix, StringComparison.Ordinal) || path.StartsWith(FormerPrefix, StringComparison.Ordinal))
        && http.Features.Get<CallerConnection>()?.CommonName is { Length: > 0 };

    /// <summary>Where a path leads: to its clean form, and to the gateway with the slash that it ends with.</summary>
    private string Destination(string method, string path)
    {
        string clean = method == HttpMethods.Connect ? path : RequestPath.Clean(path);
        return routes is not null && clean.Length == Prefix.Length - 1 && Prefix.StartsWith(clean, StringComparison.Ordinal)
            ? Prefix
            : clean;
    }

    private async Task ServeAsync(HttpContext http, string path, RequestDelegate next)
    {
        if (routes is not null && path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            await (WebSocketHandshake.IsAsked(http.Request)
                ? TalkAsync(routes, path[Prefix.Length..], http)
                : PostAsync(routes, path[Prefix.Length..], http))
                .ConfigureAwait(false);
            return;
        }

        // Routing would take /version/ for /version; in Go they are two.
        if (!path.StartsWith('/') || (path.Length > 1 && path.EndsWith('/')))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else
        {
            http.Request.Path = path;
            await next(http).ConfigureAwait(false);
        }

        if (http.Response is { StatusCode: StatusCodes.Status404NotFound, HasStarted: false })
        {
            await (GrpcFrontEnd.TryRefuse(http) ?? PlainText.WriteAsync(http, StatusCodes.Status404NotFound, "404 page not found"))
                .ConfigureAwait(false);
        }
    }

    private async Task PostAsync(GatewayRoutes known, string path, HttpContext http)
    {
        HttpOutput output = new(http);
        if (known.Find(path) is not null && http.Request.Method != HttpMethods.Post)
        {
            await output.WriteErrorAsync(StatusCode.Unimplemented, "Method Not Allowed").ConfigureAwait(false);
            return;
        }

        // The bounds of what reads the body answer in etcd's words, where the server's would close the connection.
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        JsonRequests requests = new(http.Request.BodyReader, maxMessageBytes, Patience);
        try
        {
            await CallAsync(known, path, requests, Context(http.Request, http.RequestAborted), output, http.Request.Headers[TimeoutHeader])
                .ConfigureAwait(false);
        }
        catch (Exception failure) when (ChunkFault(failure) is not null)
        {
            await RefuseBodyAsync(http, output, ChunkFault(failure)!).ConfigureAwait(false);
        }
    }

    /// <summary>What is wrong with the chunks of a body, in Go's words; null where a failure is another.</summary>
    internal static string? ChunkFault(Exception failure) => failure switch
    {
        IOException { InnerException: OverflowException } => "http chunk length too large",
        BadHttpRequestException { Message: "Bad chunk size data." } => "invalid byte in chunk length",
        BadHttpRequestException => "malformed chunked encoding",
        _ => null,
    };

    /// <summary>Answers a body whose chunks are cut wrongly. Where one ends early no client waits for an answer.</summary>
    private static async Task RefuseBodyAsync(HttpContext http, HttpOutput output, string fault)
    {
        if (http.Request.ContentLength is not null || http.Response.HasStarted || http.RequestAborted.IsCancellationRequested)
        {
            HangUp(http);
            return;
        }

        EndConnection(http);
        await output.WriteErrorAsync(StatusCode.InvalidArgument, fault).ConfigureAwait(false);
    }

    private static void HangUp(HttpContext http)
    {
        EndConnection(http);
        http.Abort();
    }

    /// <summary>Has this request be the last one of an HTTP/1 connection: where the next would begin is not known.</summary>
    private static void EndConnection(HttpContext http)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }

    /// <summary>Any call can be made over a WebSocket too, whatever a client like a browser cannot send otherwise.</summary>
    private async Task TalkAsync(GatewayRoutes known, string path, HttpContext http)
    {
        if (await WebSocketHandshake.AcceptAsync(http).ConfigureAwait(false) is not { } socket)
        {
            return;
        }

        if (WebSocketHandshake.Authorization(http.Request) is { } authorization)
        {
            http.Request.Headers.Authorization = authorization;
        }

        using WebSocketSession session = new(http, socket);
        JsonRequests requests = new(session.Body, maxMessageBytes);
        CallContext context = Context(http.Request, session.Gone);
        await session.RunAsync(() => CallAsync(known, path, requests, context, new WebSocketOutput(socket, session.Gone)))
            .ConfigureAwait(false);
    }

    private static CallContext Context(HttpRequest request, CancellationToken gone) =>
        new(gone, request.Headers[RequireLeaderHeader] == "true", Caller: CallerOf(request));

    /// <summary>Who makes the call. The token stands where HTTP has a place for one, or is named as one of gRPC.</summary>
    private static Caller CallerOf(HttpRequest request)
    {
        IHeaderDictionary headers = request.Headers;
        string? token = headers[TokenHeader] is { Count: > 0 } tokens ? tokens[0]
            : headers.Authorization is { Count: > 0 } credentials ? credentials[0]
            : null;
        return new Caller(token, request.HttpContext.Features, IsGateway: true);
    }

    private static async Task CallAsync(
        GatewayRoutes known, string path, JsonRequests requests, CallContext context, GatewayOutput output, string? timeout = null)
    {
        try
        {
            if (known.Find(path) is { } call)
            {
                await (timeout is null ? call : Within(timeout, call))(requests, context, output).ConfigureAwait(false);
            }
            else
            {
                await output.WriteErrorAsync(StatusCode.NotFound, "Not Found").ConfigureAwait(false);
            }
        }
        catch (GatewayException failure)
        {
            await output.WriteErrorAsync(failure.Code, failure.Message).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            await output.WriteErrorAsync(failure.Error.Code, failure.Message).ConfigureAwait(false);
        }
    }

    /// <summary>The call, ended when a caller's time is over.</summary>
    private static GatewayCall Within(string timeout, GatewayCall call) => async (requests, context, output) =>
    {
        if (CallTimeout.Read(timeout, out int milliseconds) is not null)
        {
            throw new GatewayException(StatusCode.InvalidArgument, "invalid grpc-timeout: " + timeout);
        }

        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        deadline.CancelAfter(milliseconds);
        try
        {
            await call(requests, context with { Cancellation = deadline.Token }, output).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.Cancellation.IsCancellationRequested)
        {
            throw new EtcdException(EtcdErrors.DeadlineExceeded);
        }
    };
}
