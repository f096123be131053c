using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;

namespace Netcd.Server.Hosting;

/// <summary>What is logged of the process, from its start to its end; listed in docs/logs.md.</summary>
internal static partial class ProcessLog
{
    [LoggerMessage(2001, LogLevel.Warning, "found something to correct in the configuration")]
    public static partial void WarnedOfConfiguration(this ILogger log, string warning);

    [LoggerMessage(2002, LogLevel.Information, "starting netcd")]
    public static partial void StartingProgram(this ILogger log, string netcdVersion, string etcdVersion);

    [LoggerMessage(2003, LogLevel.Critical, "failed to start")]
    public static partial void FailedToStart(this ILogger log, string error);

    [LoggerMessage(2004, LogLevel.Information, "received signal; shutting down before the start is done")]
    public static partial void ReceivedSignalWhileStarting(this ILogger log, string signal);

    [LoggerMessage(2005, LogLevel.Information, "received signal; shutting down")]
    public static partial void ReceivedSignal(this ILogger log, string signal);

    [LoggerMessage(2006, LogLevel.Warning, "data-dir used by this member must be removed")]
    public static partial void DataMustBeRemoved(this ILogger log, string dataDir);

    [LoggerMessage(2007, LogLevel.Critical, "ending the process since a stage failed")]
    public static partial void StageFailed(this ILogger log, Exception failure, string stage);

    [LoggerMessage(2008, LogLevel.Information, "closing etcd server")]
    public static partial void ClosingServer(
        this ILogger log, string name, string dataDir, IReadOnlyList<string> advertisePeerUrls, IReadOnlyList<string> advertiseClientUrls);

    [LoggerMessage(2009, LogLevel.Information, "closed etcd server")]
    public static partial void ClosedServer(
        this ILogger log, string name, string dataDir, IReadOnlyList<string> advertisePeerUrls, IReadOnlyList<string> advertiseClientUrls);

    [LoggerMessage(2010, LogLevel.Information, "leadership transfer finished")]
    public static partial void HandedLeadershipOver(
        this ILogger log, HexId localMemberId, HexId oldLeaderMemberId, HexId newLeaderMemberId);

    [LoggerMessage(2011, LogLevel.Warning, "failed to update cluster version")]
    public static partial void FailedToUpdateClusterVersion(this ILogger log, string error);

    [LoggerMessage(2012, LogLevel.Warning, "found no quorum yet; serving only requests that need none")]
    public static partial void ServingWithoutQuorum(this ILogger log);

    [LoggerMessage(2013, LogLevel.Information, "serving client traffic securely")]
    public static partial void ServingSecurely(this ILogger log, string traffic, string address);

    [LoggerMessage(2014, LogLevel.Information, "serving client traffic insecurely; this is strongly discouraged!")]
    public static partial void ServingInsecurely(this ILogger log, string traffic, string address);

    [LoggerMessage(2015, LogLevel.Information, "ready to serve client requests")]
    public static partial void Ready(this ILogger log);

    [LoggerMessage(2016, LogLevel.Debug, "failed to publish local member to cluster through raft")]
    public static partial void FailedToPublish(this ILogger log, HexId localMemberId, string error);

    [LoggerMessage(2022, LogLevel.Information, "published local member to cluster through raft")]
    public static partial void Published(this ILogger log, HexId localMemberId, string localMemberAttributes, HexId clusterId);

    [LoggerMessage(2023, LogLevel.Information, "Running: ")]
    public static partial void Running(this ILogger log, IReadOnlyList<string> args);

    [LoggerMessage(2024, LogLevel.Information, "starting an etcd server")]
    public static partial void StartingServer(this ILogger log, StartedConfiguration configuration);

    [LoggerMessage(2025, LogLevel.Warning, "found no journal; logging to standard error")]
    public static partial void JournalIsMissing(this ILogger log, string path);

    [LoggerMessage(2018, LogLevel.Information, "notifying init daemon")]
    public static partial void NotifyingServiceManager(this ILogger log);

    [LoggerMessage(2019, LogLevel.Information, "successfully notified init daemon")]
    public static partial void NotifiedServiceManager(this ILogger log);

    [LoggerMessage(2020, LogLevel.Error, "failed to notify systemd for readiness")]
    public static partial void FailedToNotifyServiceManager(this ILogger log, string error);

    [LoggerMessage(2021, LogLevel.Error, "the engine is stuck; the watchdog is not notified")]
    public static partial void FoundEngineStuck(this ILogger log, TimeSpan period);

    [LoggerMessage(2017, LogLevel.Warning, "server error")]
    public static partial void ServerError(this ILogger log, string error);
}
