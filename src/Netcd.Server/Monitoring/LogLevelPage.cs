using System.Buffers;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Netcd.Server.Configuration;
using Netcd.Server.Http;

namespace Netcd.Server.Monitoring;

/// <summary>
/// <c>/config/local/log</c>: the level of the log, read and changed while the server runs, in the form that etcd had up to 3.4. Whoever
/// reaches the page may read it; only from the machine itself it can be changed, for the level debug costs room on the disk.
/// </summary>
/// <param name="level">The level.</param>
/// <param name="log">Says that it was changed.</param>
internal sealed class LogLevelPage(LogLevelSwitch level, ILogger log)
{
    /// <summary>Where it is.</summary>
    public const string Path = "/config/local/log";

    private const int MaxBodyBytes = 4 << 10;
    private const string Property = "Level";

    /// <summary>Serves a request.</summary>
    public Task ServeAsync(HttpContext http)
    {
        if (http.Request.Method == HttpMethods.Get)
        {
            http.Response.ContentType = "application/json";
            return http.Response.WriteAsync($"{{\"{Property}\":\"{LogLevelSwitch.NameOf(level.Least)}\"}}\n", http.RequestAborted);
        }

        if (http.Request.Method != HttpMethods.Put)
        {
            http.Response.Headers.Allow = "GET, PUT";
            return PlainText.WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
        }

        return IsLocal(http)
            ? ChangeAsync(http)
            : RefuseAsync(http, StatusCodes.Status403Forbidden, "the log level can be changed from the machine of the member only");
    }

    /// <summary>A connection of a Unix socket has no address, and comes from the machine.</summary>
    private static bool IsLocal(HttpContext http) => http.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address);

    private async Task ChangeAsync(HttpContext http)
    {
        if (await ReadAsync(http).ConfigureAwait(false) is not { } name)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, "Invalid json body").ConfigureAwait(false);
            return;
        }

        if (LogLevelSwitch.Parse(name) is not { } wanted)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, "Invalid log level " + name).ConfigureAwait(false);
            return;
        }

        // Said at the lower of both levels, so that the line is not lost.
        (LogLevel before, level.Least) = (level.Least, wanted < level.Least ? wanted : level.Least);
        log.ChangedLogLevel(LogLevelSwitch.NameOf(before), LogLevelSwitch.NameOf(wanted), $"{http.Connection.RemoteIpAddress}");
        level.Least = wanted;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>The level that the body names: an empty text where it names none; null where it is no object of JSON.</summary>
    private static async Task<string?> ReadAsync(HttpContext http)
    {
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        byte[] body = new byte[MaxBodyBytes + 1];
        int bytes = await http.Request.Body
            .ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, http.RequestAborted).ConfigureAwait(false);
        if (bytes > MaxBodyBytes)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(new ReadOnlySequence<byte>(body, 0, bytes));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            // As Go reads it: whatever the letters' case, and of several the last.
            JsonProperty[] named = [.. document.RootElement.EnumerateObject()
                .Where(static property => property.Name.Equals(Property, StringComparison.OrdinalIgnoreCase))];
            return named.Length == 0 ? ""
                : named[^1].Value.ValueKind == JsonValueKind.String ? named[^1].Value.GetString()
                : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Task RefuseAsync(HttpContext http, int status, string reason)
    {
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("message", reason);
            json.WriteEndObject();
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted).AsTask();
    }
}
