using System.Globalization;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Netcd.Server.Grpc;

/// <summary>How an answer begins and ends: its content type and encoding before the messages, the call's status behind them.</summary>
internal static class CallStatus
{
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";

    /// <summary>Marks the response as gRPC's.</summary>
    public static void Begin(HttpContext http, in CallHead head)
    {
        http.Response.ContentType = head.ContentType;
        if (head.IsGzip)
        {
            http.Response.Headers.GrpcEncoding = CallHead.Gzip;
        }
    }

    /// <summary>Answers a call that is not begun.</summary>
    public static Task RefuseAsync(HttpContext http, CallRefusal refusal)
    {
        http.Response.StatusCode = refusal.HttpStatus;
        http.Response.ContentType = refusal.ContentType;
        Fail(http, refusal.Code, refusal.Text);
        return Task.CompletedTask;
    }

    /// <summary>Ends a call that did what it was to do.</summary>
    public static void Succeed(HttpContext http) => http.Response.AppendTrailer(StatusHeader, "0");

    /// <summary>Ends a stream that did what it was to do.</summary>
    public static void SucceedStream(HttpContext http)
    {
        if (http.Response.HasStarted)
        {
            Succeed(http);
        }
        else
        {
            http.Response.Headers.Remove("grpc-encoding");
            http.Response.Headers[StatusHeader] = "0";
        }
    }

    /// <summary>Ends a call that failed. The status stands in the trailers, or, where nothing was sent, in the one block of
    /// headers.</summary>
    public static void Fail(HttpContext http, StatusCode code, string text)
    {
        string number = ((int)code).ToString(CultureInfo.InvariantCulture);
        string escaped = Escape(text);
        if (http.Response.HasStarted)
        {
            http.Response.AppendTrailer(StatusHeader, number);
            http.Response.AppendTrailer(MessageHeader, escaped);
            return;
        }

        http.Response.Headers.Remove("grpc-encoding");
        http.Response.Headers[StatusHeader] = number;
        http.Response.Headers[MessageHeader] = escaped;
    }

    /// <summary>Escapes what is no printable ASCII, and the sign of escapes.</summary>
    private static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        StringBuilder escaped = new(text.Length + 16);
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            if (value is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
            {
                escaped.Append((char)value);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }

        return escaped.ToString();
    }
}
