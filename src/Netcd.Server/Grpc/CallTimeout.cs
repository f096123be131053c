using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Netcd.Server.Grpc;

/// <summary>
/// How long a caller waits (header <c>grpc-timeout</c>). The engine ends waits in time itself: a timer and a cancellation
/// source a call cost more than the rest of it.
/// </summary>
internal static class CallTimeout
{
    public static int MillisecondsOf(HttpContext http)
    {
        string? header = http.Request.Headers["grpc-timeout"];
        return header is not null && TryParse(header, out TimeSpan timeout) ? (int)timeout.TotalMilliseconds : int.MaxValue;
    }

    /// <summary>Up to eight digits and a unit (gRPC over HTTP/2, section on requests).</summary>
    internal static bool TryParse(string header, out TimeSpan timeout)
    {
        timeout = default;
        if (header.Length is < 2 or > 9
            || !long.TryParse(header.AsSpan(0, header.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long amount))
        {
            return false;
        }

        double milliseconds = header[^1] switch
        {
            'H' => amount * 3_600_000.0,
            'M' => amount * 60_000.0,
            'S' => amount * 1_000.0,
            'm' => amount,
            'u' => amount / 1_000.0,
            'n' => amount / 1_000_000.0,
            _ => -1,
        };
        // A longer time than a timer takes is as good as none: about 24 days.
        timeout = TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue));
        return milliseconds >= 0;
    }
}
