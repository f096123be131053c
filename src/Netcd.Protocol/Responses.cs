namespace Netcd.Protocol.V3;

/// <summary>A response with etcd's header, which says who answered, at which revision and term.</summary>
public interface IResponse
{
    /// <summary>The header; null until it is filled in.</summary>
    ResponseHeader Header { get; set; }
}

/// <summary>Answers a Put.</summary>
public sealed partial class PutResponse : IResponse;

/// <summary>Answers a DeleteRange.</summary>
public sealed partial class DeleteRangeResponse : IResponse;

/// <summary>Answers a Txn.</summary>
public sealed partial class TxnResponse : IResponse;

/// <summary>Answers a Compact.</summary>
public sealed partial class CompactionResponse : IResponse;

/// <summary>Answers a LeaseGrant.</summary>
public sealed partial class LeaseGrantResponse : IResponse;

/// <summary>Answers a LeaseRevoke.</summary>
public sealed partial class LeaseRevokeResponse : IResponse;

/// <summary>Answers an AuthEnable.</summary>
public sealed partial class AuthEnableResponse : IResponse;

/// <summary>Answers an AuthDisable.</summary>
public sealed partial class AuthDisableResponse : IResponse;

/// <summary>Answers an AuthStatus.</summary>
public sealed partial class AuthStatusResponse : IResponse;

/// <summary>Answers an Authenticate.</summary>
public sealed partial class AuthenticateResponse : IResponse;

/// <summary>Answers a UserAdd.</summary>
public sealed partial class AuthUserAddResponse : IResponse;

/// <summary>Answers a UserGet.</summary>
public sealed partial class AuthUserGetResponse : IResponse;

/// <summary>Answers a UserList.</summary>
public sealed partial class AuthUserListResponse : IResponse;

/// <summary>Answers a UserDelete.</summary>
public sealed partial class AuthUserDeleteResponse : IResponse;

/// <summary>Answers a UserChangePassword.</summary>
public sealed partial class AuthUserChangePasswordResponse : IResponse;

/// <summary>Answers a UserGrantRole.</summary>
public sealed partial class AuthUserGrantRoleResponse : IResponse;

/// <summary>Answers a UserRevokeRole.</summary>
public sealed partial class AuthUserRevokeRoleResponse : IResponse;

/// <summary>Answers a RoleAdd.</summary>
public sealed partial class AuthRoleAddResponse : IResponse;

/// <summary>Answers a RoleGet.</summary>
public sealed partial class AuthRoleGetResponse : IResponse;

/// <summary>Answers a RoleList.</summary>
public sealed partial class AuthRoleListResponse : IResponse;

/// <summary>Answers a RoleDelete.</summary>
public sealed partial class AuthRoleDeleteResponse : IResponse;

/// <summary>Answers a RoleGrantPermission.</summary>
public sealed partial class AuthRoleGrantPermissionResponse : IResponse;

/// <summary>Answers a RoleRevokePermission.</summary>
public sealed partial class AuthRoleRevokePermissionResponse : IResponse;
