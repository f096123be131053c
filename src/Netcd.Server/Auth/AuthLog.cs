using Microsoft.Extensions.Logging;

namespace Netcd.Server.Auth;

/// <summary>What is logged of tokens, passwords and the audit log; listed in docs/logs.md.</summary>
internal static partial class AuthLog
{
    [LoggerMessage(2801, LogLevel.Warning, "simple token is not cryptographically signed")]
    public static partial void SimpleTokensAreNotSigned(this ILogger log);

    [LoggerMessage(2802, LogLevel.Warning, "unknown JWT options")]
    public static partial void UnknownJwtOptions(this ILogger log, IReadOnlyList<string> keys);

    [LoggerMessage(2803, LogLevel.Information, "reloaded changed key of tokens")]
    public static partial void ReloadedTokenKey(this ILogger log, IReadOnlyList<string> paths);

    [LoggerMessage(2804, LogLevel.Warning, "failed to reload changed key of tokens; keeping the one from before")]
    public static partial void FailedToReloadTokenKey(this ILogger log, IReadOnlyList<string> paths, string error);

    [LoggerMessage(2805, LogLevel.Warning, "use default bcrypt cost instead of the invalid given cost")]
    public static partial void UsingDefaultBcryptCost(this ILogger log, int minCost, int maxCost, int defaultCost, long givenCost);

    [LoggerMessage(2807, LogLevel.Warning, "invalid authentication was requested")]
    public static partial void RefusedLogin(this ILogger log, string user, string remoteAddr, string error);

    [LoggerMessage(2808, LogLevel.Warning, "delayed authentication after wrong passwords")]
    public static partial void DelayedLogin(this ILogger log, string user, string remoteAddr, TimeSpan remaining);

    [LoggerMessage(2806, LogLevel.Warning, "failed to write to the audit log; trying again")]
    public static partial void FailedToWriteAuditLog(this ILogger log, string error);
}
