using Netcd.Engine.Auth;
using Netcd.Engine.Node;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Services;

/// <summary>The Auth service, whatever transport calls it: users, roles and log-ins.</summary>
/// <param name="gate">The engine.</param>
/// <param name="logins">Checks and hashes passwords, issues tokens.</param>
internal sealed class AuthHandlers(EngineClient gate, Logins logins)
{
    private readonly EtcdNode node = gate.Node;

    /// <summary>From now on callers have to say who they are.</summary>
    /// <exception cref="EtcdException">There is no user <c>root</c> with that role.</exception>
    public ValueTask<AuthEnableResponse> EnableAsync(AuthEnableRequest request, CallContext context) =>
        ChangeAsync<AuthEnableResponse>(Calls.AuthEnable, new InternalRaftRequest { AuthEnable = request }, context);

    /// <summary>From now on everybody may do everything.</summary>
    public ValueTask<AuthDisableResponse> DisableAsync(AuthDisableRequest request, CallContext context) =>
        ChangeAsync<AuthDisableResponse>(Calls.AuthDisable, new InternalRaftRequest { AuthDisable = request }, context);

    /// <summary>Whether callers have to say who they are.</summary>
    public async ValueTask<AuthStatusResponse> StatusAsync(AuthStatusRequest request, CallContext context)
    {
        AuthTable table = await ReadAsync(Calls.AuthStatus, static (_, _, _) => null, request, context).ConfigureAwait(false);
        return new AuthStatusResponse { Header = Header(), Enabled = table.IsEnabled, AuthRevision = table.Revision };
    }

    /// <summary>Exchanges a password for a token.</summary>
    /// <exception cref="EtcdException">There is no such user, or the password is another.</exception>
    public async ValueTask<AuthenticateResponse> AuthenticateAsync(AuthenticateRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        while (true)
        {
            AuthTable table = node.Auth;
            if (!table.IsEnabled)
            {
                throw EtcdErrors.AuthNotEnabled.ToException();
            }

            UserCredentials checkedBy = await logins.CheckAsync(table, request.Name, request.Password, context).ConfigureAwait(false);
            InternalAuthenticateRequest login = new() { Name = request.Name, SimpleToken = logins.NewPrefix() };
            AuthenticateResponse response = await gate
                .ProposeAsync<AuthenticateResponse>(new InternalRaftRequest { Authenticate = login }, context).ConfigureAwait(false);

            // While the password was checked, another may have been set: that one counts.
            AuthTable current = node.Auth;
            if (current.CredentialsOf(request.Name) is { } now && now.PasswordHash.Span.SequenceEqual(checkedBy.PasswordHash.Span))
            {
                response.Token = logins.Issue(request.Name, current.Revision, response.Token);
                return response;
            }
        }
    }

    /// <summary>Adds a user.</summary>
    /// <exception cref="EtcdException">There is one of that name, or the password is too long.</exception>
    public async ValueTask<AuthUserAddResponse> UserAddAsync(AuthUserAddRequest request, CallContext context)
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.UserAdd, context).ConfigureAwait(false);
        RequireFits(request.Name);
        AuthUserAddRequest proposed = request.Clone();
        proposed.Password = "";
        if (request.Options is not { NoPassword: true })
        {
            proposed.HashedPassword = await logins.HashAsync(user, request.Password, context).ConfigureAwait(false);
        }

        return await gate
            .ProposeAsync<AuthUserAddResponse>(new InternalRaftRequest { AuthUserAdd = proposed }, user, context).ConfigureAwait(false);
    }

    /// <summary>A user's roles.</summary>
    /// <exception cref="EtcdException">There is no such user.</exception>
    public async ValueTask<AuthUserGetResponse> UserGetAsync(AuthUserGetRequest request, CallContext context)
    {
        AuthTable table = await ReadAsync(
            Calls.UserGet,
            static (users, who, asked) => who.User == asked.Name ? null : users.CheckRoot(who),
            request,
            context).ConfigureAwait(false);
        AuthUserGetResponse response = new() { Header = Header() };
        response.Roles.AddRange(table.RolesOf(request.Name) ?? throw EtcdErrors.UserNotFound.ToException());
        return response;
    }

    /// <summary>The names of all users.</summary>
    public async ValueTask<AuthUserListResponse> UserListAsync(AuthUserListRequest request, CallContext context)
    {
        AuthTable table = await ReadAsync(Calls.UserList, static (_, _, _) => null, request, context).ConfigureAwait(false);
        AuthUserListResponse response = new() { Header = Header() };
        response.Users.AddRange(table.UserNames);
        return response;
    }

    /// <summary>Deletes a user; its tokens are worth nothing from then on.</summary>
    /// <exception cref="EtcdException">There is no such user, or it is <c>root</c> while users count.</exception>
    public ValueTask<AuthUserDeleteResponse> UserDeleteAsync(AuthUserDeleteRequest request, CallContext context) =>
        ChangeAsync<AuthUserDeleteResponse>(Calls.UserDelete, new InternalRaftRequest { AuthUserDelete = request }, context);

    /// <summary>Sets another password; tokens for the former one are worth nothing from then on.</summary>
    /// <exception cref="EtcdException">There is no such user, or the password is too long.</exception>
    public async ValueTask<AuthUserChangePasswordResponse> UserChangePasswordAsync(
        AuthUserChangePasswordRequest request, CallContext context)
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.UserChangePassword, context).ConfigureAwait(false);
        AuthUserChangePasswordRequest proposed = request.Clone();
        proposed.Password = "";
        if (request.Password.Length > 0)
        {
            proposed.HashedPassword = await logins.HashAsync(user, request.Password, context).ConfigureAwait(false);
        }

        InternalRaftRequest change = new() { AuthUserChangePassword = proposed };
        return await gate.ProposeAsync<AuthUserChangePasswordResponse>(change, user, context).ConfigureAwait(false);
    }

    /// <summary>Gives a user a role.</summary>
    /// <exception cref="EtcdException">There is no such user or role.</exception>
    public ValueTask<AuthUserGrantRoleResponse> UserGrantRoleAsync(AuthUserGrantRoleRequest request, CallContext context) =>
        ChangeAsync<AuthUserGrantRoleResponse>(Calls.UserGrantRole, new InternalRaftRequest { AuthUserGrantRole = request }, context);

    /// <summary>Takes a role from a user.</summary>
    /// <exception cref="EtcdException">There is no such user, or it has no such role.</exception>
    public ValueTask<AuthUserRevokeRoleResponse> UserRevokeRoleAsync(AuthUserRevokeRoleRequest request, CallContext context) =>
        ChangeAsync<AuthUserRevokeRoleResponse>(Calls.UserRevokeRole, new InternalRaftRequest { AuthUserRevokeRole = request }, context);

    /// <summary>Adds a role.</summary>
    /// <exception cref="EtcdException">There is one of that name.</exception>
    public async ValueTask<AuthRoleAddResponse> RoleAddAsync(AuthRoleAddRequest request, CallContext context)
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(Calls.RoleAdd, context).ConfigureAwait(false);
        RequireFits(request.Name);
        InternalRaftRequest change = new() { AuthRoleAdd = request };
        return await gate.ProposeAsync<AuthRoleAddResponse>(change, user, context).ConfigureAwait(false);
    }

    /// <summary>A role's permissions.</summary>
    /// <exception cref="EtcdException">There is no such role.</exception>
    public async ValueTask<AuthRoleGetResponse> RoleGetAsync(AuthRoleGetRequest request, CallContext context)
    {
        AuthTable table = await ReadAsync(
            Calls.RoleGet,
            static (users, who, asked) => users.HasRole(who.User, asked.Role) ? null : users.CheckRoot(who),
            request,
            context).ConfigureAwait(false);
        AuthRoleGetResponse response = new() { Header = Header() };
        response.Perm.AddRange(table.PermissionsOf(request.Role) ?? throw EtcdErrors.RoleNotFound.ToException());
        return response;
    }

    /// <summary>The names of all roles.</summary>
    public async ValueTask<AuthRoleListResponse> RoleListAsync(AuthRoleListRequest request, CallContext context)
    {
        AuthTable table = await ReadAsync(Calls.RoleList, static (_, _, _) => null, request, context).ConfigureAwait(false);
        AuthRoleListResponse response = new() { Header = Header() };
        response.Roles.AddRange(table.RoleNames);
        return response;
    }

    /// <summary>Deletes a role, and takes it from all who have it.</summary>
    /// <exception cref="EtcdException">There is no such role, or it is <c>root</c> while users count.</exception>
    public ValueTask<AuthRoleDeleteResponse> RoleDeleteAsync(AuthRoleDeleteRequest request, CallContext context) =>
        ChangeAsync<AuthRoleDeleteResponse>(Calls.RoleDelete, new InternalRaftRequest { AuthRoleDelete = request }, context);

    /// <summary>Gives a role rights on a key or a range.</summary>
    /// <exception cref="EtcdException">There is no such role, or the range is empty.</exception>
    public ValueTask<AuthRoleGrantPermissionResponse> RoleGrantPermissionAsync(
        AuthRoleGrantPermissionRequest request, CallContext context) => ChangeAsync<AuthRoleGrantPermissionResponse>(
        Calls.RoleGrantPermission, new InternalRaftRequest { AuthRoleGrantPermission = request }, context);

    /// <summary>Takes the rights on a key or a range from a role.</summary>
    /// <exception cref="EtcdException">There is no such role, or it has no rights on exactly that.</exception>
    public ValueTask<AuthRoleRevokePermissionResponse> RoleRevokePermissionAsync(
        AuthRoleRevokePermissionRequest request, CallContext context) => ChangeAsync<AuthRoleRevokePermissionResponse>(
        Calls.RoleRevokePermission, new InternalRaftRequest { AuthRoleRevokePermission = request }, context);

    /// <summary>A name that is too long for the file must not get into the log: members of etcd would end there.</summary>
    private static void RequireFits(string name)
    {
        if (!AuthTable.FitsFile(name))
        {
            throw EtcdErrors.RequestTooLarge.ToException();
        }
    }

    private async ValueTask<TResponse> ChangeAsync<TResponse>(Call call, InternalRaftRequest request, CallContext context)
        where TResponse : class
    {
        gate.Admit(context);
        AuthIdentity user = await gate.AuthorizeAsync(call, context).ConfigureAwait(false);
        return await gate.ProposeAsync<TResponse>(request, user, context).ConfigureAwait(false);
    }

    /// <summary>Users and roles as they are now; etcd reads them through the log, which is as current and costs an entry.</summary>
    private async ValueTask<AuthTable> ReadAsync<TRequest>(
        Call call, Func<AuthTable, AuthIdentity, TRequest, EtcdError?> check, TRequest request, CallContext context)
    {
        gate.Admit(context);
        await gate.ConfirmReadAsync(context).ConfigureAwait(false);
        AuthIdentity user = await gate.AuthorizeAsync(call, context).ConfigureAwait(false);
        AuthTable table = node.Auth;
        check(table, user, request).ThrowIfError();
        return table;
    }

    private ResponseHeader Header() => node.Header(node.Revision);
}
