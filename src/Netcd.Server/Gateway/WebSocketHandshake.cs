using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Netcd.Server.Http;

namespace Netcd.Server.Gateway;

/// <summary>How a connection becomes a WebSocket (RFC 6455, section 4), with the answers that etcd's gateway has.</summary>
internal static class WebSocketHandshake
{
    private const string Scheme = "Bearer";
    private const string Version = "13";
    private const string TokenCookie = "token";
    private const int KeyBytes = 16;

    /// <summary>Whether a request asks for it.</summary>
    public static bool IsAsked(HttpRequest request) =>
        HasToken(request.Headers.Connection, "upgrade") && HasToken(request.Headers.Upgrade, "websocket");

    /// <summary>Makes the connection one; null where the request is refused, and has been answered.</summary>
    public static async ValueTask<WebSocket?> AcceptAsync(HttpContext http)
    {
        IHttpUpgradeFeature? upgrade = http.Features.Get<IHttpUpgradeFeature>();
        string key = http.Request.Headers.SecWebSocketKey.ToString();
        if (!HttpMethods.IsGet(http.Request.Method))
        {
            await RefuseAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed").ConfigureAwait(false);
            return null;
        }

        if (upgrade is not { IsUpgradableRequest: true } || !HasToken(http.Request.Headers.SecWebSocketVersion, Version) || !IsKey(key))
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, "Bad Request").ConfigureAwait(false);
            return null;
        }

        IHeaderDictionary headers = http.Response.Headers;
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = Accept(key);
        bool hasBearer = Protocol(http.Request).StartsWith(Scheme, StringComparison.Ordinal);
        if (hasBearer)
        {
            headers.SecWebSocketProtocol = Scheme;
        }

        // etcd sends no pings of its own: the answers to them could be held up behind messages that are not read yet.
        Stream stream = await upgrade.UpgradeAsync().ConfigureAwait(false);
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions
        {
            IsServer = true,
            SubProtocol = hasBearer ? Scheme : null,
            KeepAliveInterval = TimeSpan.Zero,
        });
    }

    /// <summary>
    /// The caller's <c>Authorization</c>, for which a browser has no header here: a cookie, or the protocol asked for as
    /// <c>Bearer, TOKEN</c>; null where there is neither.
    /// </summary>
    public static string? Authorization(HttpRequest request)
    {
        if (request.Cookies[TokenCookie] is { } cookie)
        {
            return $"{Scheme} {cookie}";
        }

        string protocol = Protocol(request);
        int scheme = protocol.IndexOf(Scheme + ",", StringComparison.Ordinal);
        return scheme < 0 ? null : $"{Scheme} {protocol[(scheme + Scheme.Length + 1)..].Trim(' ')}";
    }

    private static string Protocol(HttpRequest request) =>
        request.Headers.SecWebSocketProtocol is { Count: > 0 } values ? values[0] ?? "" : "";

    private static bool HasToken(StringValues values, string token)
    {
        foreach (string? value in values)
        {
            foreach (Range part in value.AsSpan().Split(','))
            {
                if (value.AsSpan(part).Trim(" \t").Equals(token, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsKey(string key)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes + 2];
        return key.Length == 24 && Convert.TryFromBase64String(key, bytes, out int length) && length == KeyBytes;
    }

    private static string Accept(string key)
    {
#pragma warning disable CA5350 // The protocol has it so, and nothing is kept secret by it.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }

    private static Task RefuseAsync(HttpContext http, int status, string line)
    {
        http.Response.Headers["Sec-Websocket-Version"] = Version;
        return PlainText.WriteAsync(http, status, line);
    }
}
