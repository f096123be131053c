using Microsoft.Extensions.Logging;

namespace Netcd.Server.Discovery;

/// <summary>What is logged while members find each other by an etcd cluster; listed in docs/logs.md.</summary>
internal static partial class DiscoveryLog
{
    [LoggerMessage(3401, LogLevel.Information, "Bootstrapping cluster using v3 discovery.")]
    public static partial void BootstrappingByDiscovery(this ILogger log, string discoveryToken, IReadOnlyList<string> discoveryEndpoints);

    [LoggerMessage(3402, LogLevel.Warning, "failed to get cluster size from discovery service")]
    public static partial void FailedToGetClusterSize(this ILogger log, string clusterSizeKey, string error);

    [LoggerMessage(3403, LogLevel.Warning, "failed to get cluster members from discovery service")]
    public static partial void FailedToGetClusterMembers(this ILogger log, string membersKeyPrefix, string error);

    [LoggerMessage(3404, LogLevel.Information, "found peer from discovery service")]
    public static partial void FoundRegisteredPeer(this ILogger log, string memberKey, string memberInfo);

    [LoggerMessage(3405, LogLevel.Warning, "invalid peer info returned from discovery service")]
    public static partial void FoundInvalidPeer(this ILogger log, string memberKey, string memberInfo);

    [LoggerMessage(3406, LogLevel.Warning, "failed to register members itself to the discovery service")]
    public static partial void FailedToRegister(this ILogger log, string memberKey, string error);

    [LoggerMessage(3407, LogLevel.Information, "register member itself successfully")]
    public static partial void Registered(this ILogger log, string memberKey, string memberInfo);

    [LoggerMessage(3408, LogLevel.Information, "waiting for peers from discovery service")]
    public static partial void WaitingForPeers(this ILogger log, long clusterSize, int foundPeers);

    [LoggerMessage(3409, LogLevel.Information, "found all needed peers from discovery service")]
    public static partial void FoundAllPeers(this ILogger log, long clusterSize, int foundPeers);

    [LoggerMessage(3410, LogLevel.Warning, "retry connecting to discovery service")]
    public static partial void RetryingDiscovery(this ILogger log, string reason, TimeSpan backoff);

    [LoggerMessage(3411, LogLevel.Error, "discovery failed to join cluster")]
    public static partial void FailedToJoinCluster(this ILogger log, string discoveryToken, string error);

    [LoggerMessage(3412, LogLevel.Information, "discovery joined cluster successfully")]
    public static partial void JoinedCluster(this ILogger log, string discoveryToken, string cluster);

    [LoggerMessage(3413, LogLevel.Warning, "do not reuse discovery token; generate a new one to bootstrap a cluster")]
    public static partial void WarnOfReusedToken(this ILogger log);

    [LoggerMessage(3414, LogLevel.Warning, "discovery token is ignored since cluster already initialized; valid logs are found")]
    public static partial void IgnoringDiscoveryToken(this ILogger log, string walDir);
}
