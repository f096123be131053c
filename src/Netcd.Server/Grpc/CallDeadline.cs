using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Netcd.Server.Grpc;

/// <summary>A call's end: the caller goes away, or the time that it gave (header <c>grpc-timeout</c>) is over.</summary>
internal readonly struct CallDeadline : IDisposable
{
    private readonly CancellationTokenSource? source;

    private CallDeadline(CancellationTokenSource? source, CancellationToken token)
    {
        Token = token;
        this.source = source;
    }

    public CancellationToken Token { get; }

    public static CallDeadline Of(HttpContext http)
    {
        string? header = http.Request.Headers["grpc-timeout"];
        if (header is null || !TryParse(header, out TimeSpan timeout))
        {
            return new CallDeadline(null, http.RequestAborted);
        }

        CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        source.CancelAfter(timeout);
        return new CallDeadline(source, source.Token);
    }

    /// <inheritdoc/>
    public void Dispose() => source?.Dispose();

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
