using System.Net;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Hosting;

/// <summary>What is logged of the ports; listed in docs/logs.md.</summary>
internal static partial class PortLog
{
    [LoggerMessage(2101, LogLevel.Warning, "failed to accept connections; retrying")]
    public static partial void FailedToAccept(this ILogger log, EndPoint address, TimeSpan retryIn, string error);

    [LoggerMessage(2102, LogLevel.Error, "closed a connection unserved")]
    public static partial void ClosedUnserved(this ILogger log, Exception failure, EndPoint address);
}
