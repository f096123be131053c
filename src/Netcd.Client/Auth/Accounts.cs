using Grpc.Core;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Auth;

/// <summary>Users and roles of a cluster.</summary>
internal sealed class Accounts(EtcdConnection connection) : IAuth
{
    public Task<EtcdHeader> EnableAsync(CancellationToken cancel) => ChangeAsync(AuthCalls.Enable, new AuthEnableRequest(), cancel);

    public Task<EtcdHeader> DisableAsync(CancellationToken cancel) => ChangeAsync(AuthCalls.Disable, new AuthDisableRequest(), cancel);

    public async Task<AuthStatus> StatusAsync(CancellationToken cancel)
    {
        AuthStatusResponse answer = await AskAsync(AuthCalls.Status, new AuthStatusRequest(), cancel).ConfigureAwait(false);
        return new AuthStatus(answer.Header.ToHeader(), answer.Enabled, answer.AuthRevision);
    }

    public async Task<string> AuthenticateAsync(string user, string password, CancellationToken cancel)
    {
        AuthenticateRequest request = new() { Name = user, Password = password };
        return (await AskAsync(AuthCalls.Authenticate, request, cancel).ConfigureAwait(false)).Token;
    }

    public Task<EtcdHeader> AddUserAsync(string user, string? password, CancellationToken cancel)
    {
        AuthUserAddRequest request = new() { Name = user, Password = password ?? "" };
        request.Options = new UserAddOptions { NoPassword = password is null };
        return ChangeAsync(AuthCalls.UserAdd, request, cancel);
    }

    public async Task<NameList> GetUserAsync(string user, CancellationToken cancel)
    {
        AuthUserGetResponse answer = await AskAsync(AuthCalls.UserGet, new AuthUserGetRequest { Name = user }, cancel)
            .ConfigureAwait(false);
        return new NameList(answer.Header.ToHeader(), [.. answer.Roles]);
    }

    public async Task<NameList> ListUsersAsync(CancellationToken cancel)
    {
        AuthUserListResponse answer = await AskAsync(AuthCalls.UserList, new AuthUserListRequest(), cancel).ConfigureAwait(false);
        return new NameList(answer.Header.ToHeader(), [.. answer.Users]);
    }

    public Task<EtcdHeader> DeleteUserAsync(string user, CancellationToken cancel) =>
        ChangeAsync(AuthCalls.UserDelete, new AuthUserDeleteRequest { Name = user }, cancel);

    public Task<EtcdHeader> ChangePasswordAsync(string user, string password, CancellationToken cancel) =>
        ChangeAsync(AuthCalls.UserChangePassword, new AuthUserChangePasswordRequest { Name = user, Password = password }, cancel);

    public Task<EtcdHeader> GrantRoleAsync(string user, string role, CancellationToken cancel) =>
        ChangeAsync(AuthCalls.UserGrantRole, new AuthUserGrantRoleRequest { User = user, Role = role }, cancel);

    public Task<EtcdHeader> RevokeRoleAsync(string user, string role, CancellationToken cancel) =>
        ChangeAsync(AuthCalls.UserRevokeRole, new AuthUserRevokeRoleRequest { Name = user, Role = role }, cancel);

    public Task<EtcdHeader> AddRoleAsync(string role, CancellationToken cancel) =>
        ChangeAsync(AuthCalls.RoleAdd, new AuthRoleAddRequest { Name = role }, cancel);

    public async Task<RolePermissions> GetRoleAsync(string role, CancellationToken cancel)
    {
        AuthRoleGetResponse answer =
            await AskAsync(AuthCalls.RoleGet, new AuthRoleGetRequest { Role = role }, cancel).ConfigureAwait(false);
        return new RolePermissions(
            answer.Header.ToHeader(),
            [.. answer.Perm.Select(static right => new Permission((Access)right.PermType, RangeOf(right)))]);
    }

    public async Task<NameList> ListRolesAsync(CancellationToken cancel)
    {
        AuthRoleListResponse answer = await AskAsync(AuthCalls.RoleList, new AuthRoleListRequest(), cancel).ConfigureAwait(false);
        return new NameList(answer.Header.ToHeader(), [.. answer.Roles]);
    }

    public Task<EtcdHeader> DeleteRoleAsync(string role, CancellationToken cancel) =>
        ChangeAsync(AuthCalls.RoleDelete, new AuthRoleDeleteRequest { Role = role }, cancel);

    public Task<EtcdHeader> GrantPermissionAsync(string role, Permission permission, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(permission);
        AuthRoleGrantPermissionRequest request = new()
        {
            Name = role,
            Perm = new Protocol.V3.Permission
            {
                PermType = (Protocol.V3.Permission.Types.Type)permission.Access,
                Key = permission.Range.Start.ToBytes(),
                RangeEnd = permission.Range.End.ToBytes(),
            },
        };
        return ChangeAsync(AuthCalls.RoleGrantPermission, request, cancel);
    }

    public Task<EtcdHeader> RevokePermissionAsync(string role, KeyRange range, CancellationToken cancel)
    {
        AuthRoleRevokePermissionRequest request = new() { Role = role, Key = range.Start.ToBytes(), RangeEnd = range.End.ToBytes() };
        return ChangeAsync(AuthCalls.RoleRevokePermission, request, cancel);
    }

    private static KeyRange RangeOf(Protocol.V3.Permission right) => right.RangeEnd.Length == 0
        ? KeyRange.Key(right.Key.Memory)
        : KeyRange.Between(right.Key.Memory, right.RangeEnd.Memory);

    private Task<TResponse> AskAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest request, CancellationToken cancel)
        where TRequest : class
        where TResponse : class => connection.ReadAsync(method, request, null, cancel);

    private async Task<EtcdHeader> ChangeAsync<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest request, CancellationToken cancel)
        where TRequest : class
        where TResponse : class, IResponse =>
        (await connection.WriteAsync(method, request, null, cancel).ConfigureAwait(false)).Header.ToHeader();
}
