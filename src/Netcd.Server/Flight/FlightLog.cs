using Microsoft.Extensions.Logging;

namespace Netcd.Server.Flight;

/// <summary>What is logged of the flight recorder; listed in docs/logs.md.</summary>
internal static partial class FlightLog
{
    [LoggerMessage(3201, LogLevel.Information, "wrote the last minutes of the flight recorder")]
    public static partial void WroteFlight(this ILogger log, string path, string reason);

    [LoggerMessage(3202, LogLevel.Warning, "failed to write the flight recorder")]
    public static partial void FailedToWriteFlight(this ILogger log, string reason, string error);
}
