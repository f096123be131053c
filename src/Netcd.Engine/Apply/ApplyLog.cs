using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Raft;

namespace Netcd.Engine.Apply;

/// <summary>What is logged of entries that are applied; listed in docs/logs.md.</summary>
internal static partial class ApplyLog
{
    public static void RefusedConfChange(this ILogger log, ConfChange change, string error) =>
        log.RefusedConfChange(NameOf(change), new HexId(change.NodeId), error);

    public static void AppliedConfChange(this ILogger log, ConfChange change) =>
        log.AppliedConfChange(NameOf(change), new HexId(change.NodeId));

    [LoggerMessage(1401, LogLevel.Error, "Validation on configuration change failed")]
    private static partial void RefusedConfChange(this ILogger log, string raftConfChange, HexId raftConfChangeNodeId, string error);

    [LoggerMessage(1402, LogLevel.Information, "applied a configuration change through raft")]
    private static partial void AppliedConfChange(this ILogger log, string raftConfChange, HexId raftConfChangeNodeId);

    public static void SetInitialClusterVersion(this ILogger log, string version) => log.SetInitialVersion(MajorMinor(version));

    public static void UpdatedClusterVersion(this ILogger log, string from, string to) =>
        log.UpdatedVersion(MajorMinor(from), MajorMinor(to));

    [LoggerMessage(1403, LogLevel.Information, "set initial cluster version")]
    private static partial void SetInitialVersion(this ILogger log, string clusterVersion);

    [LoggerMessage(1404, LogLevel.Information, "updated cluster version")]
    private static partial void UpdatedVersion(this ILogger log, string from, string to);

    /// <summary>What a change does, as etcd names it.</summary>
    private static string NameOf(ConfChange change) => "ConfChange" + change.Type;

    /// <summary>A cluster's version as etcd names it: its patch number means nothing.</summary>
    private static string MajorMinor(string version) => version.Split('.') is [var major, var minor, ..] ? $"{major}.{minor}" : version;
}
