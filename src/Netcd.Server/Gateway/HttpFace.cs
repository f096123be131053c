using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.Errors;
using Netcd.Server.Http;
using Netcd.Server.Services;

namespace Netcd.Server.Gateway;

/// <summary>
/// What HTTP clients see around the endpoints: headers for browsers, the JSON gateway below <c>/v3/</c>, and Go's words for
/// paths that nothing is at. gRPC goes by untouched.
/// </summary>
/// <param name="routes">The gateway's calls, or null where it is switched off.</param>
/// <param name="maxMessageBytes">Bytes of a request as a message.</param>
/// <param name="log">Where failures go.</param>
internal sealed class HttpFace(GatewayRoutes? routes, int maxMessageBytes, ILogger log)
{
    private const string Prefix = "/v3/";
    private const string FormerPrefix = "/v3beta/";
    private const string RequireLeaderHeader = "Grpc-Metadata-Hasleader";

    /// <summary>Bytes of JSON: base64 makes four of three, and names, quotes and spaces come on top.</summary>
    private readonly long maxBodyBytes = (2L * maxMessageBytes) + (64 * 1024);

    /// <summary>Serves a request, or has it served.</summary>
    public Task ServeAsync(HttpContext http, RequestDelegate next) =>
        IsGrpc(http.Request) ? next(http) : ServePlainAsync(http, next);

    /// <summary>Whether it is a gRPC call.</summary>
    internal static bool IsGrpc(HttpRequest request) =>
        HttpProtocol.IsHttp2(request.Protocol)
        && request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    private async Task ServePlainAsync(HttpContext http, RequestDelegate next)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.AccessControlAllowMethods = "POST, GET, OPTIONS, PUT, DELETE";
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlAllowHeaders = "accept, content-type, authorization";
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            http.Response.ContentLength = 0;
            return;
        }

        string path = http.Request.Path.Value ?? "";
        if (path.StartsWith(FormerPrefix, StringComparison.Ordinal))
        {
            path = Prefix + path[FormerPrefix.Length..];
        }

        if (routes is not null && path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            await CallAsync(routes, path[Prefix.Length..], http).ConfigureAwait(false);
            return;
        }

        // Routing would take /version/ for /version; in Go they are two.
        if (path.Length > 1 && path.EndsWith('/'))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else
        {
            await next(http).ConfigureAwait(false);
        }

        if (http.Response is { StatusCode: StatusCodes.Status404NotFound, HasStarted: false })
        {
            await PlainText.WriteAsync(http, StatusCodes.Status404NotFound, "404 page not found").ConfigureAwait(false);
        }
    }

    private async Task CallAsync(GatewayRoutes known, string path, HttpContext http)
    {
        GatewayOutput output = new(http);
        try
        {
            GatewayStream? stream = known.FindStream(path);
            GatewayCall? call = known.Find(path);
            if (call is null && stream is null)
            {
                await output.WriteErrorAsync(StatusCode.NotFound, "Not Found").ConfigureAwait(false);
                return;
            }

            if (!HttpMethods.IsPost(http.Request.Method))
            {
                await output.WriteErrorAsync(StatusCode.Unimplemented, "Method Not Allowed").ConfigureAwait(false);
                return;
            }

            CallContext context = new(http.RequestAborted, http.Request.Headers[RequireLeaderHeader] == "true");

            // The bounds of what reads the body answer in etcd's words, where the server's would close the connection.
            http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
            if (stream is not null)
            {
                await stream(http, context, output).ConfigureAwait(false);
                return;
            }

            ReadOnlyMemory<byte> body = await ReadBodyAsync(http).ConfigureAwait(false);
            await call!(body, context, output).ConfigureAwait(false);
        }
        catch (GatewayException failure)
        {
            await output.WriteErrorAsync(failure.Code, failure.Message).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            await output.WriteErrorAsync(failure.Error.Code, failure.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            log.LogDebug("the client of {Path} has gone", path);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(HttpContext http)
    {
        if (http.Request.ContentLength > maxBodyBytes)
        {
            throw GatewayException.TooLarge(http.Request.ContentLength.Value, maxMessageBytes);
        }

        PipeReader reader = http.Request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(http.RequestAborted).ConfigureAwait(false);
            long length = result.Buffer.Length;
            if (length > maxBodyBytes)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw GatewayException.TooLarge(length, maxMessageBytes);
            }

            if (result.IsCompleted)
            {
                byte[] body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
