using Grpc.Core;
using Netcd.Protocol.V3;
using Netcd.Server.Services;

namespace Netcd.Server.Grpc;

/// <summary>The Auth service.</summary>
internal sealed class AuthGrpcService(AuthHandlers handlers) : Protocol.V3.Auth.AuthBase
{
    public override Task<AuthEnableResponse> AuthEnable(AuthEnableRequest request, ServerCallContext context) =>
        handlers.EnableAsync(request, context.Context()).AsTask();

    public override Task<AuthDisableResponse> AuthDisable(AuthDisableRequest request, ServerCallContext context) =>
        handlers.DisableAsync(request, context.Context()).AsTask();

    public override Task<AuthStatusResponse> AuthStatus(AuthStatusRequest request, ServerCallContext context) =>
        handlers.StatusAsync(request, context.Context()).AsTask();

    public override Task<AuthenticateResponse> Authenticate(AuthenticateRequest request, ServerCallContext context) =>
        handlers.AuthenticateAsync(request, context.Context()).AsTask();

    public override Task<AuthUserAddResponse> UserAdd(AuthUserAddRequest request, ServerCallContext context) =>
        handlers.UserAddAsync(request, context.Context()).AsTask();

    public override Task<AuthUserGetResponse> UserGet(AuthUserGetRequest request, ServerCallContext context) =>
        handlers.UserGetAsync(request, context.Context()).AsTask();

    public override Task<AuthUserListResponse> UserList(AuthUserListRequest request, ServerCallContext context) =>
        handlers.UserListAsync(request, context.Context()).AsTask();

    public override Task<AuthUserDeleteResponse> UserDelete(AuthUserDeleteRequest request, ServerCallContext context) =>
        handlers.UserDeleteAsync(request, context.Context()).AsTask();

    public override Task<AuthUserChangePasswordResponse> UserChangePassword(
        AuthUserChangePasswordRequest request, ServerCallContext context) =>
        handlers.UserChangePasswordAsync(request, context.Context()).AsTask();

    public override Task<AuthUserGrantRoleResponse> UserGrantRole(AuthUserGrantRoleRequest request, ServerCallContext context) =>
        handlers.UserGrantRoleAsync(request, context.Context()).AsTask();

    public override Task<AuthUserRevokeRoleResponse> UserRevokeRole(AuthUserRevokeRoleRequest request, ServerCallContext context) =>
        handlers.UserRevokeRoleAsync(request, context.Context()).AsTask();

    public override Task<AuthRoleAddResponse> RoleAdd(AuthRoleAddRequest request, ServerCallContext context) =>
        handlers.RoleAddAsync(request, context.Context()).AsTask();

    public override Task<AuthRoleGetResponse> RoleGet(AuthRoleGetRequest request, ServerCallContext context) =>
        handlers.RoleGetAsync(request, context.Context()).AsTask();

    public override Task<AuthRoleListResponse> RoleList(AuthRoleListRequest request, ServerCallContext context) =>
        handlers.RoleListAsync(request, context.Context()).AsTask();

    public override Task<AuthRoleDeleteResponse> RoleDelete(AuthRoleDeleteRequest request, ServerCallContext context) =>
        handlers.RoleDeleteAsync(request, context.Context()).AsTask();

    public override Task<AuthRoleGrantPermissionResponse> RoleGrantPermission(
        AuthRoleGrantPermissionRequest request, ServerCallContext context) =>
        handlers.RoleGrantPermissionAsync(request, context.Context()).AsTask();

    public override Task<AuthRoleRevokePermissionResponse> RoleRevokePermission(
        AuthRoleRevokePermissionRequest request, ServerCallContext context) =>
        handlers.RoleRevokePermissionAsync(request, context.Context()).AsTask();
}
