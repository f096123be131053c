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

    [LoggerMessage(1405, LogLevel.Information, "enabled authentication")]
    public static partial void EnabledAuthentication(this ILogger log, ulong authRevision);

    [LoggerMessage(1406, LogLevel.Information, "disabled authentication")]
    public static partial void DisabledAuthentication(this ILogger log, ulong authRevision);

    [LoggerMessage(1407, LogLevel.Information, "added a user")]
    public static partial void AddedUser(this ILogger log, string userName, ulong authRevision);

    [LoggerMessage(1408, LogLevel.Information, "deleted a user")]
    public static partial void DeletedUser(this ILogger log, string userName, ulong authRevision);

    [LoggerMessage(1409, LogLevel.Information, "changed a password of a user")]
    public static partial void ChangedPassword(this ILogger log, string userName, ulong authRevision);

    [LoggerMessage(1410, LogLevel.Information, "granted a role to a user")]
    public static partial void GrantedRole(this ILogger log, string addedRoleName, string userName, ulong authRevision);

    [LoggerMessage(1411, LogLevel.Information, "revoked a role from a user")]
    public static partial void RevokedRole(this ILogger log, string revokedRoleName, string userName, ulong authRevision);

    [LoggerMessage(1412, LogLevel.Information, "created a role")]
    public static partial void AddedRole(this ILogger log, string roleName, ulong authRevision);

    [LoggerMessage(1413, LogLevel.Information, "deleted a role")]
    public static partial void DeletedRole(this ILogger log, string roleName, ulong authRevision);

    [LoggerMessage(1414, LogLevel.Information, "granted/updated a permission to a user")]
    public static partial void GrantedPermission(this ILogger log, string permissionName, string userName, ulong authRevision);

    [LoggerMessage(1415, LogLevel.Information, "revoked a permission on range")]
    public static partial void RevokedPermission(this ILogger log, string roleName, ulong authRevision);

    [LoggerMessage(1416, LogLevel.Warning, "alarm raised")]
    public static partial void RaisedAlarm(this ILogger log, string alarm, HexId from);

    [LoggerMessage(1417, LogLevel.Warning, "alarm disarmed")]
    public static partial void DisarmedAlarm(this ILogger log, string alarm, HexId from);

    [LoggerMessage(1418, LogLevel.Information, "The server is ready to downgrade")]
    public static partial void ReadyToDowngrade(this ILogger log, string targetVersion);

    [LoggerMessage(1419, LogLevel.Information, "added member")]
    public static partial void AddedMember(
        this ILogger log, HexId addedPeerId, IReadOnlyList<string> addedPeerPeerUrls, bool addedPeerIsLearner);
}
