using Grpc.Core;

namespace Netcd.Protocol.Errors;

/// <summary>
/// Every error that a client can meet: code and exact text, since clients and scripts compare both. Handlers throw from
/// here and from nowhere else.
/// </summary>
/// <remarks>
/// Source: etcd's published error list (api/v3rpc/rpctypes). Two entries, <see cref="TooManyRequests"/> and
/// <see cref="NotEnoughStartedMembers"/>, are sent by etcd as code Unknown by an accident of its error mapping; netcd
/// sends the code that they are meant to have. Clients distinguish them by their text.
/// </remarks>
public static class EtcdErrors
{
    private const string Prefix = "etcdserver: ";

    private static readonly List<EtcdError> Table = [];

    // InvalidArgument

    /// <summary>Key is not provided.</summary>
    public static EtcdError KeyNotProvided { get; } = Add(StatusCode.InvalidArgument, "key is not provided");

    /// <summary>Key not found.</summary>
    public static EtcdError KeyNotFound { get; } = Add(StatusCode.InvalidArgument, "key not found");

    /// <summary>Value is provided.</summary>
    public static EtcdError ValueProvided { get; } = Add(StatusCode.InvalidArgument, "value is provided");

    /// <summary>Lease is provided.</summary>
    public static EtcdError LeaseProvided { get; } = Add(StatusCode.InvalidArgument, "lease is provided");

    /// <summary>Too many operations in txn request.</summary>
    public static EtcdError TooManyOperations { get; } = Add(StatusCode.InvalidArgument, "too many operations in txn request");

    /// <summary>Duplicate key given in txn request.</summary>
    public static EtcdError DuplicateKey { get; } = Add(StatusCode.InvalidArgument, "duplicate key given in txn request");

    /// <summary>Invalid client api version.</summary>
    public static EtcdError InvalidClientApiVersion { get; } = Add(StatusCode.InvalidArgument, "invalid client api version");

    /// <summary>Invalid sort option.</summary>
    public static EtcdError InvalidSortOption { get; } = Add(StatusCode.InvalidArgument, "invalid sort option");

    /// <summary>An alarm request whose action or type no version of etcd has: netcd's own text, as etcd's members end over it.</summary>
    public static EtcdError InvalidAlarm { get; } = Add(StatusCode.InvalidArgument, "invalid alarm type or action");

    /// <summary>
    /// A change of the membership of a kind that no version of etcd has. No client can ask for one: it comes in an entry of
    /// another member, and etcd's members end over it.
    /// </summary>
    public static EtcdError InvalidMemberChange { get; } = Add(StatusCode.InvalidArgument, "invalid kind of membership change");

    /// <summary>Given member URLs are invalid.</summary>
    public static EtcdError MemberBadUrls { get; } = Add(StatusCode.InvalidArgument, "given member URLs are invalid");

    /// <summary>Request is too large.</summary>
    public static EtcdError RequestTooLarge { get; } = Add(StatusCode.InvalidArgument, "request is too large");

    /// <summary>User name is empty.</summary>
    public static EtcdError UserNameEmpty { get; } = Add(StatusCode.InvalidArgument, "user name is empty");

    /// <summary>Role name is empty.</summary>
    public static EtcdError RoleNameEmpty { get; } = Add(StatusCode.InvalidArgument, "role name is empty");

    /// <summary>Authentication failed, invalid user ID or password.</summary>
    public static EtcdError AuthenticationFailed { get; } =
        Add(StatusCode.InvalidArgument, "authentication failed, invalid user ID or password");

    /// <summary>Authentication failed, password was given for no password user: etcd does not translate it, hence the code and the
    /// prefix.</summary>
    public static EtcdError NoPasswordUser { get; } =
        AddPlain(StatusCode.Unknown, "auth: authentication failed, password was given for no password user");

    /// <summary>Token signing attempted with verify-only key: etcd does not translate it, hence the code and the prefix.</summary>
    public static EtcdError VerifyOnlyKey { get; } =
        AddPlain(StatusCode.Unknown, "auth: token signing attempted with verify-only key");

    /// <summary>Permission not given.</summary>
    public static EtcdError PermissionNotGiven { get; } = Add(StatusCode.InvalidArgument, "permission not given");

    /// <summary>Invalid auth management.</summary>
    public static EtcdError InvalidAuthManagement { get; } = Add(StatusCode.InvalidArgument, "invalid auth management");

    /// <summary>Revision of auth store is old.</summary>
    public static EtcdError AuthOldRevision { get; } = Add(StatusCode.InvalidArgument, "revision of auth store is old");

    /// <summary>Wrong downgrade target version format.</summary>
    public static EtcdError WrongDowngradeVersionFormat { get; } = Add(StatusCode.InvalidArgument, "wrong downgrade target version format");

    /// <summary>Invalid downgrade target version.</summary>
    public static EtcdError InvalidDowngradeTargetVersion { get; } = Add(StatusCode.InvalidArgument, "invalid downgrade target version");

    // OutOfRange

    /// <summary>Mvcc: required revision has been compacted.</summary>
    public static EtcdError Compacted { get; } = Add(StatusCode.OutOfRange, "mvcc: required revision has been compacted");

    /// <summary>Mvcc: required revision is a future revision.</summary>
    public static EtcdError FutureRevision { get; } = Add(StatusCode.OutOfRange, "mvcc: required revision is a future revision");

    /// <summary>Too large lease TTL.</summary>
    public static EtcdError LeaseTtlTooLarge { get; } = Add(StatusCode.OutOfRange, "too large lease TTL");

    // ResourceExhausted

    /// <summary>Mvcc: database space exceeded.</summary>
    public static EtcdError NoSpace { get; } = Add(StatusCode.ResourceExhausted, "mvcc: database space exceeded");

    /// <summary>Too many requests.</summary>
    public static EtcdError TooManyRequests { get; } = Add(StatusCode.ResourceExhausted, "too many requests");

    // NotFound

    /// <summary>Requested lease not found.</summary>
    public static EtcdError LeaseNotFound { get; } = Add(StatusCode.NotFound, "requested lease not found");

    /// <summary>Member not found.</summary>
    public static EtcdError MemberNotFound { get; } = Add(StatusCode.NotFound, "member not found");

    // FailedPrecondition

    /// <summary>Lease already exists.</summary>
    public static EtcdError LeaseExists { get; } = Add(StatusCode.FailedPrecondition, "lease already exists");

    /// <summary>Member ID already exist.</summary>
    public static EtcdError MemberExists { get; } = Add(StatusCode.FailedPrecondition, "member ID already exist");

    /// <summary>Peer URLs already exists.</summary>
    public static EtcdError PeerUrlExists { get; } = Add(StatusCode.FailedPrecondition, "Peer URLs already exists");

    /// <summary>Re-configuration failed due to not enough started members.</summary>
    public static EtcdError NotEnoughStartedMembers { get; } =
        Add(StatusCode.FailedPrecondition, "re-configuration failed due to not enough started members");

    /// <summary>Can only promote a learner member.</summary>
    public static EtcdError MemberNotLearner { get; } = Add(StatusCode.FailedPrecondition, "can only promote a learner member");

    /// <summary>Can only promote a learner member which is in sync with leader.</summary>
    public static EtcdError LearnerNotReady { get; } =
        Add(StatusCode.FailedPrecondition, "can only promote a learner member which is in sync with leader");

    /// <summary>Too many learner members in cluster.</summary>
    public static EtcdError TooManyLearners { get; } = Add(StatusCode.FailedPrecondition, "too many learner members in cluster");

    /// <summary>Cluster ID mismatch.</summary>
    public static EtcdError ClusterIdMismatch { get; } = Add(StatusCode.FailedPrecondition, "cluster ID mismatch");

    /// <summary>Root user does not exist.</summary>
    public static EtcdError RootUserNotExist { get; } = Add(StatusCode.FailedPrecondition, "root user does not exist");

    /// <summary>Root user does not have root role.</summary>
    public static EtcdError RootRoleNotExist { get; } = Add(StatusCode.FailedPrecondition, "root user does not have root role");

    /// <summary>User name already exists.</summary>
    public static EtcdError UserAlreadyExists { get; } = Add(StatusCode.FailedPrecondition, "user name already exists");

    /// <summary>User name not found.</summary>
    public static EtcdError UserNotFound { get; } = Add(StatusCode.FailedPrecondition, "user name not found");

    /// <summary>Role name already exists.</summary>
    public static EtcdError RoleAlreadyExists { get; } = Add(StatusCode.FailedPrecondition, "role name already exists");

    /// <summary>Role name not found.</summary>
    public static EtcdError RoleNotFound { get; } = Add(StatusCode.FailedPrecondition, "role name not found");

    /// <summary>Role is not granted to the user.</summary>
    public static EtcdError RoleNotGranted { get; } = Add(StatusCode.FailedPrecondition, "role is not granted to the user");

    /// <summary>Permission is not granted to the role.</summary>
    public static EtcdError PermissionNotGranted { get; } = Add(StatusCode.FailedPrecondition, "permission is not granted to the role");

    /// <summary>Authentication is not enabled.</summary>
    public static EtcdError AuthNotEnabled { get; } = Add(StatusCode.FailedPrecondition, "authentication is not enabled");

    /// <summary>Not leader.</summary>
    public static EtcdError NotLeader { get; } = Add(StatusCode.FailedPrecondition, "not leader");

    /// <summary>Not capable.</summary>
    public static EtcdError NotCapable { get; } = Add(StatusCode.FailedPrecondition, "not capable");

    /// <summary>Rpc not supported for learner.</summary>
    public static EtcdError NotSupportedForLearner { get; } = Add(StatusCode.FailedPrecondition, "rpc not supported for learner");

    /// <summary>Bad leader transferee.</summary>
    public static EtcdError BadLeaderTransferee { get; } = Add(StatusCode.FailedPrecondition, "bad leader transferee");

    /// <summary>Cluster version not found during downgrade.</summary>
    public static EtcdError ClusterVersionUnavailable { get; } =
        Add(StatusCode.FailedPrecondition, "cluster version not found during downgrade");

    /// <summary>Cluster has a downgrade job in progress.</summary>
    public static EtcdError DowngradeInProgress { get; } = Add(StatusCode.FailedPrecondition, "cluster has a downgrade job in progress");

    /// <summary>No inflight downgrade job.</summary>
    public static EtcdError NoInflightDowngrade { get; } = Add(StatusCode.FailedPrecondition, "no inflight downgrade job");

    // PermissionDenied

    /// <summary>Permission denied.</summary>
    public static EtcdError PermissionDenied { get; } = Add(StatusCode.PermissionDenied, "permission denied");

    // Unauthenticated

    /// <summary>Invalid auth token.</summary>
    public static EtcdError InvalidAuthToken { get; } = Add(StatusCode.Unauthenticated, "invalid auth token");

    // Unavailable

    /// <summary>No leader.</summary>
    public static EtcdError NoLeader { get; } = Add(StatusCode.Unavailable, "no leader");

    /// <summary>Leader changed.</summary>
    public static EtcdError LeaderChanged { get; } = Add(StatusCode.Unavailable, "leader changed");

    /// <summary>Server stopped.</summary>
    public static EtcdError Stopped { get; } = Add(StatusCode.Unavailable, "server stopped");

    /// <summary>Request timed out.</summary>
    public static EtcdError Timeout { get; } = Add(StatusCode.Unavailable, "request timed out");

    /// <summary>Request timed out, possibly due to previous leader failure.</summary>
    public static EtcdError TimeoutDueToLeaderFail { get; } =
        Add(StatusCode.Unavailable, "request timed out, possibly due to previous leader failure");

    /// <summary>Request timed out, possibly due to connection lost.</summary>
    public static EtcdError TimeoutDueToConnectionLost { get; } =
        Add(StatusCode.Unavailable, "request timed out, possibly due to connection lost");

    /// <summary>Request timed out, leader transfer took too long.</summary>
    public static EtcdError TimeoutLeaderTransfer { get; } =
        Add(StatusCode.Unavailable, "request timed out, leader transfer took too long");

    /// <summary>Request timed out, waiting for the applied index took too long.</summary>
    public static EtcdError TimeoutWaitingForApply { get; } =
        Add(StatusCode.Unavailable, "request timed out, waiting for the applied index took too long");

    /// <summary>Unhealthy cluster.</summary>
    public static EtcdError Unhealthy { get; } = Add(StatusCode.Unavailable, "unhealthy cluster");

    // DataLoss

    /// <summary>Corrupt cluster.</summary>
    public static EtcdError Corrupt { get; } = Add(StatusCode.DataLoss, "corrupt cluster");

    // Canceled

    /// <summary>Watch canceled.</summary>
    public static EtcdError WatchCanceled { get; } = Add(StatusCode.Cancelled, "watch canceled");

    /// <summary>Request canceled.</summary>
    public static EtcdError RequestCanceled { get; } = Add(StatusCode.Cancelled, "request canceled");

    // DeadlineExceeded

    /// <summary>Context deadline exceeded.</summary>
    public static EtcdError DeadlineExceeded { get; } = AddPlain(StatusCode.DeadlineExceeded, "context deadline exceeded");

    // Unknown

    /// <summary>Unknown method.</summary>
    public static EtcdError UnknownMethod { get; } = Add(StatusCode.Unknown, "unknown method");

    /// <summary>The disk has no room for the pages that a defragmentation writes: the system's own words, as in etcd's answer.</summary>
    public static EtcdError NoRoomToDefragment { get; } = AddPlain(StatusCode.Unknown, "no space left on device");

    /// <summary>Not a primary lessor.</summary>
    public static EtcdError NotPrimaryLessor { get; } = AddPlain(StatusCode.Unknown, "not a primary lessor");

    /// <summary>The session's lease ended while it waited for the lock.</summary>
    public static EtcdError SessionExpired { get; } = AddPlain(StatusCode.Unknown, "mutex: session is expired");

    /// <summary>Who proclaims leads no more.</summary>
    public static EtcdError ElectionNotLeader { get; } = AddPlain(StatusCode.Unknown, "election: not leader");

    /// <summary>Nobody leads the election.</summary>
    public static EtcdError ElectionNoLeader { get; } = AddPlain(StatusCode.Unknown, "election: no leader");

    /// <summary>Proclaim and Resign need the leader's key.</summary>
    public static EtcdError MissingLeaderKey { get; } = AddPlain(StatusCode.Unknown, "\"leader\" field must be provided");

    // Unimplemented

    /// <summary>RangeStream does not support custom sort orders.</summary>
    public static EtcdError StreamCustomSort { get; } =
        AddPlain(StatusCode.Unimplemented, "RangeStream does not support custom sort orders");

    /// <summary>RangeStream does not support revision filters.</summary>
    public static EtcdError StreamRevisionFilters { get; } =
        AddPlain(StatusCode.Unimplemented, "RangeStream does not support revision filters");

    /// <summary>All entries, in the order of this file.</summary>
    public static IReadOnlyList<EtcdError> All => Table;

    /// <summary>An answer that no message can hold, in the words of Go's gRPC server.</summary>
    /// <param name="bytes">Its size, as far as it was counted.</param>
    public static EtcdError AnswerTooLarge(long bytes) => new(StatusCode.ResourceExhausted, string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"grpc: trying to send message larger than max ({bytes} vs. {int.MaxValue})"));

    private static EtcdError Add(StatusCode code, string text) => AddPlain(code, Prefix + text);

    private static EtcdError AddPlain(StatusCode code, string text)
    {
        EtcdError error = new(code, text);
        Table.Add(error);
        return error;
    }
}
