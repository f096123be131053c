using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;

namespace Netcd.Server.Services;

/// <summary>What a request is about: keys, or something else by its name. Of a transaction each operation is about something of its
/// own.</summary>
/// <param name="Target">A user, a role, a lease, a member; null where it is about keys, or about nothing in particular.</param>
/// <param name="Key">The key, or the first one.</param>
/// <param name="RangeEnd">The first key behind.</param>
internal sealed record AuditSubject(string? Target, ByteString Key, ByteString RangeEnd)
{
    /// <summary>The subjects of a request, one at least.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answer">Which branch of a transaction was taken; null where it was refused, so that both count.</param>
    public static IEnumerable<AuditSubject> Of(IMessage request, TxnResponse? answer) => request is TxnRequest txn
        ? OfTransaction(txn, answer).DefaultIfEmpty(Named(null))
        : [OfSingle(request)];

    private static IEnumerable<AuditSubject> OfTransaction(TxnRequest txn, TxnResponse? answer)
    {
        IEnumerable<RequestOp> operations = answer is null ? txn.Success.Concat(txn.Failure) : answer.Succeeded ? txn.Success : txn.Failure;
        return operations.SelectMany((operation, place) => operation.RequestCase switch
        {
            RequestOp.RequestOneofCase.RequestRange => [OfSingle(operation.RequestRange)],
            RequestOp.RequestOneofCase.RequestPut => [OfSingle(operation.RequestPut)],
            RequestOp.RequestOneofCase.RequestDeleteRange => [OfSingle(operation.RequestDeleteRange)],
            RequestOp.RequestOneofCase.RequestTxn => OfTransaction(operation.RequestTxn, answer?.Responses[place].ResponseTxn),
            _ => Array.Empty<AuditSubject>(),
        });
    }

    private static AuditSubject OfSingle(IMessage request) => OfKeys(request) ?? OfUsers(request) ?? Named(request switch
    {
        LeaseGrantRequest grant => Hex("lease", (ulong)grant.ID),
        LeaseRevokeRequest revoke => Hex("lease", (ulong)revoke.ID),
        LeaseTimeToLiveRequest inspection => Hex("lease", (ulong)inspection.ID),
        MemberRemoveRequest removal => Hex("member", removal.ID),
        MemberUpdateRequest update => Hex("member", update.ID),
        MemberPromoteRequest promotion => Hex("member", promotion.ID),
        MoveLeaderRequest transfer => Hex("member", transfer.TargetID),
        MemberAddRequest addition => "member " + string.Join(',', addition.PeerURLs),
        AlarmRequest alarm => string.Create(CultureInfo.InvariantCulture, $"alarm {alarm.Alarm} {alarm.Action} {alarm.MemberID:x16}"),
        DowngradeRequest downgrade => $"downgrade {downgrade.Action} {downgrade.Version}",
        CompactionRequest compaction => string.Create(CultureInfo.InvariantCulture, $"revision {compaction.Revision}"),
        _ => null,
    });

    private static AuditSubject? OfKeys(IMessage request) => request switch
    {
        RangeRequest range => new AuditSubject(null, range.Key, range.RangeEnd),
        PutRequest put => new AuditSubject(null, put.Key, ByteString.Empty),
        DeleteRangeRequest deletion => new AuditSubject(null, deletion.Key, deletion.RangeEnd),
        WatchCreateRequest watch => new AuditSubject(null, watch.Key, watch.RangeEnd),
        LockRequest taken => new AuditSubject(null, taken.Name, ByteString.Empty),
        UnlockRequest given => new AuditSubject(null, given.Key, ByteString.Empty),
        CampaignRequest campaign => new AuditSubject(null, campaign.Name, ByteString.Empty),
        ProclaimRequest proclamation => new AuditSubject(null, proclamation.Leader?.Key ?? ByteString.Empty, ByteString.Empty),
        LeaderRequest question => new AuditSubject(null, question.Name, ByteString.Empty),
        ResignRequest resignation => new AuditSubject(null, resignation.Leader?.Key ?? ByteString.Empty, ByteString.Empty),
        AuthRoleGrantPermissionRequest { Perm: { } granted } grant =>
            new AuditSubject($"role {grant.Name} {granted.PermType}", granted.Key, granted.RangeEnd),
        AuthRoleRevokePermissionRequest revocation => new AuditSubject($"role {revocation.Role}", revocation.Key, revocation.RangeEnd),
        _ => null,
    };

    private static AuditSubject? OfUsers(IMessage request) => request switch
    {
        AuthUserAddRequest add => Named("user " + add.Name),
        AuthUserGetRequest get => Named("user " + get.Name),
        AuthUserDeleteRequest delete => Named("user " + delete.Name),
        AuthUserChangePasswordRequest change => Named("user " + change.Name),
        AuthUserGrantRoleRequest grant => Named($"user {grant.User} role {grant.Role}"),
        AuthUserRevokeRoleRequest revoke => Named($"user {revoke.Name} role {revoke.Role}"),
        AuthRoleAddRequest add => Named("role " + add.Name),
        AuthRoleGetRequest get => Named("role " + get.Role),
        AuthRoleDeleteRequest delete => Named("role " + delete.Role),
        AuthRoleGrantPermissionRequest grant => Named("role " + grant.Name),
        _ => null,
    };

    private static string Hex(string kind, ulong id) => string.Create(CultureInfo.InvariantCulture, $"{kind} {id:x16}");

    private static AuditSubject Named(string? target) => new(target, ByteString.Empty, ByteString.Empty);
}
