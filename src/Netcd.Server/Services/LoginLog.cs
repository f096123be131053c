using Microsoft.Extensions.Logging;

namespace Netcd.Server.Services;

/// <summary>What is logged of log-ins; listed in docs/logs.md.</summary>
internal static partial class LoginLog
{
    [LoggerMessage(2820, LogLevel.Warning, "invalid authentication was requested")]
    public static partial void RefusedLogin(this ILogger log, string user, string remoteAddr, string error);

    [LoggerMessage(2821, LogLevel.Warning, "delayed authentication after wrong passwords")]
    public static partial void DelayedLogin(this ILogger log, string user, string remoteAddr, TimeSpan remaining);
}
