using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Netcd.Server.Hosting;

/// <summary>
/// How large a request's headers may be: 1 MiB and a thousand of them, as Go's HTTP server has it. A request with more is refused (431);
/// one with more than twice as much ends its connection.
/// </summary>
/// <remarks>
/// Headers that are coming in are held before anybody can refuse them. So that many connections do not hold more together than
/// <see cref="MaxTogether"/>, each may have less where there are more than 256 of them, but never less than 32 KiB.
/// </remarks>
internal sealed class HeaderLimits
{
    /// <summary>Bytes of headers that all connections may be sending.</summary>
    public const int MaxTogether = 256 * 1024 * 1024;

    /// <summary>A MiB, and room for what every request has: Go adds the same.</summary>
    private const int Most = (1024 * 1024) + (4 * 1024);

    private const int Least = 32 * 1024;
    private const int MaxHeaders = 1024;

    private readonly KestrelServerLimits limits;
    private int connections;

    private HeaderLimits(KestrelServerLimits limits) => this.limits = limits;

    /// <summary>Sets the limits of a server, and has them follow its connections. To be called before its endpoints are added.</summary>
    public static void Apply(KestrelServerOptions kestrel)
    {
        HeaderLimits followed = new(kestrel.Limits);
        kestrel.Limits.MaxRequestBufferSize = Most;
        kestrel.Limits.MaxRequestHeadersTotalSize = Most;
        kestrel.Limits.MaxRequestHeaderCount = MaxHeaders;

        // One that is longer cannot be passed over without losing the state of the connection's compression.
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 2 * Most;
        kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => async connection =>
        {
            followed.Follow(Interlocked.Increment(ref followed.connections));
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                followed.Follow(Interlocked.Decrement(ref followed.connections));
            }
        }));
    }

    /// <summary>Bytes of a request's headers where there are so many connections.</summary>
    public static int Of(int connections) => Math.Clamp(MaxTogether / Math.Max(1, connections), Least, Most);

    private void Follow(int connections) => limits.MaxRequestHeadersTotalSize = Of(connections);
}
