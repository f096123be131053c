using Google.Protobuf;
using Grpc.Core;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Auth;

/// <summary>The calls of etcd's Auth service.</summary>
internal static class AuthCalls
{
    public static Method<AuthEnableRequest, AuthEnableResponse> Enable { get; } =
        Call<AuthEnableRequest, AuthEnableResponse>("AuthEnable", AuthEnableResponse.Parser);

    public static Method<AuthDisableRequest, AuthDisableResponse> Disable { get; } =
        Call<AuthDisableRequest, AuthDisableResponse>("AuthDisable", AuthDisableResponse.Parser);

    public static Method<AuthStatusRequest, AuthStatusResponse> Status { get; } =
        Call<AuthStatusRequest, AuthStatusResponse>("AuthStatus", AuthStatusResponse.Parser);

    public static Method<AuthenticateRequest, AuthenticateResponse> Authenticate { get; } =
        Call<AuthenticateRequest, AuthenticateResponse>("Authenticate", AuthenticateResponse.Parser);

    public static Method<AuthUserAddRequest, AuthUserAddResponse> UserAdd { get; } =
        Call<AuthUserAddRequest, AuthUserAddResponse>("UserAdd", AuthUserAddResponse.Parser);

    public static Method<AuthUserGetRequest, AuthUserGetResponse> UserGet { get; } =
        Call<AuthUserGetRequest, AuthUserGetResponse>("UserGet", AuthUserGetResponse.Parser);

    public static Method<AuthUserListRequest, AuthUserListResponse> UserList { get; } =
        Call<AuthUserListRequest, AuthUserListResponse>("UserList", AuthUserListResponse.Parser);

    public static Method<AuthUserDeleteRequest, AuthUserDeleteResponse> UserDelete { get; } =
        Call<AuthUserDeleteRequest, AuthUserDeleteResponse>("UserDelete", AuthUserDeleteResponse.Parser);

    public static Method<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse> UserChangePassword { get; } =
        Call<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse>("UserChangePassword", AuthUserChangePasswordResponse.Parser);

    public static Method<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse> UserGrantRole { get; } =
        Call<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse>("UserGrantRole", AuthUserGrantRoleResponse.Parser);

    public static Method<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse> UserRevokeRole { get; } =
        Call<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse>("UserRevokeRole", AuthUserRevokeRoleResponse.Parser);

    public static Method<AuthRoleAddRequest, AuthRoleAddResponse> RoleAdd { get; } =
        Call<AuthRoleAddRequest, AuthRoleAddResponse>("RoleAdd", AuthRoleAddResponse.Parser);

    public static Method<AuthRoleGetRequest, AuthRoleGetResponse> RoleGet { get; } =
        Call<AuthRoleGetRequest, AuthRoleGetResponse>("RoleGet", AuthRoleGetResponse.Parser);

    public static Method<AuthRoleListRequest, AuthRoleListResponse> RoleList { get; } =
        Call<AuthRoleListRequest, AuthRoleListResponse>("RoleList", AuthRoleListResponse.Parser);

    public static Method<AuthRoleDeleteRequest, AuthRoleDeleteResponse> RoleDelete { get; } =
        Call<AuthRoleDeleteRequest, AuthRoleDeleteResponse>("RoleDelete", AuthRoleDeleteResponse.Parser);

    public static Method<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse> RoleGrantPermission { get; } =
        Call<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse>(
            "RoleGrantPermission", AuthRoleGrantPermissionResponse.Parser);

    public static Method<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse> RoleRevokePermission { get; } =
        Call<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse>(
            "RoleRevokePermission", AuthRoleRevokePermissionResponse.Parser);

    private static Method<TRequest, TResponse> Call<TRequest, TResponse>(string name, MessageParser<TResponse> answers)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> => Messages.Unary<TRequest, TResponse>("etcdserverpb.Auth", name, answers);
}
