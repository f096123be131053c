using System.Globalization;
using Netcd.Protocol.V3;

namespace Netcd.Tools.Utl;

/// <summary>A request of the log in some words: which it is, and which keys it is about.</summary>
internal static class RequestText
{
    public static string Of(InternalRaftRequest request) => request switch
    {
        { Put: { } put } => string.Create(
            CultureInfo.InvariantCulture, $"put {DatabaseDump.Text(put.Key.Span)} value={put.Value.Length} bytes lease={put.Lease:x}"),
        { DeleteRange: { } delete } => $"delete {Range(delete.Key.Span, delete.RangeEnd.Span)}",
        { Range: { } range } => $"range {Range(range.Key.Span, range.RangeEnd.Span)}",
        { Txn: { } txn } => string.Create(
            CultureInfo.InvariantCulture, $"txn compares={txn.Compare.Count} success={txn.Success.Count} failure={txn.Failure.Count}"),
        { Compaction: { } compaction } => string.Create(CultureInfo.InvariantCulture, $"compaction revision={compaction.Revision}"),
        { LeaseGrant: { } grant } => string.Create(CultureInfo.InvariantCulture, $"lease grant id={grant.ID:x} ttl={grant.TTL}"),
        { LeaseRevoke: { } revoke } => string.Create(CultureInfo.InvariantCulture, $"lease revoke id={revoke.ID:x}"),
        { LeaseCheckpoint: { } checkpoint } => string.Create(
            CultureInfo.InvariantCulture, $"lease checkpoint leases={checkpoint.Checkpoints.Count}"),
        { Alarm: { } alarm } => string.Create(
            CultureInfo.InvariantCulture, $"alarm {alarm.Action} {alarm.Alarm} member={alarm.MemberID:x}"),
        { V2: { } v2 } => $"v2 {v2.Method} {v2.Path}",
        { ClusterVersionSet: { } version } => $"cluster version {version.Ver}",
        { ClusterMemberAttrSet: { } attributes } => string.Create(
            CultureInfo.InvariantCulture, $"member attributes member={attributes.MemberID:x} name={attributes.MemberAttributes?.Name}"),
        { DowngradeInfoSet: { } downgrade } => $"downgrade enabled={downgrade.Enabled} version={downgrade.Ver}",
        { DowngradeVersionTest: { } test } => $"downgrade test version={test.Ver}",
        _ => OfAuth(request),
    };

    private static string OfAuth(InternalRaftRequest request) => request switch
    {
        { AuthEnable: not null } => "auth enable",
        { AuthDisable: not null } => "auth disable",
        { Authenticate: { } login } => $"auth login user={login.Name}",
        { AuthUserAdd: { } user } => $"auth user add user={user.Name}",
        { AuthUserDelete: { } user } => $"auth user delete user={user.Name}",
        { AuthUserChangePassword: { } user } => $"auth user password user={user.Name}",
        { AuthUserGrantRole: { } grant } => $"auth user grant user={grant.User} role={grant.Role}",
        { AuthUserRevokeRole: { } revoke } => $"auth user revoke user={revoke.Name} role={revoke.Role}",
        { AuthRoleAdd: { } role } => $"auth role add role={role.Name}",
        { AuthRoleDelete: { } role } => $"auth role delete role={role.Role}",
        { AuthRoleGrantPermission: { } grant } =>
            $"auth role grant role={grant.Name} {grant.Perm?.PermType} "
                + Range(grant.Perm is null ? default : grant.Perm.Key.Span, grant.Perm is null ? default : grant.Perm.RangeEnd.Span),
        { AuthRoleRevokePermission: { } revoke } =>
            $"auth role revoke role={revoke.Role} {Range(revoke.Key.Span, revoke.RangeEnd.Span)}",
        _ => "request",
    };

    private static string Range(ReadOnlySpan<byte> key, ReadOnlySpan<byte> end) =>
        end.IsEmpty ? DatabaseDump.Text(key) : $"[{DatabaseDump.Text(key)}, {DatabaseDump.Text(end)})";
}
