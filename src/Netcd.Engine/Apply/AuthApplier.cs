using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Auth;
using Netcd.Engine.Backend;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>Applies the requests of the Auth service: users, roles, log-ins.</summary>
/// <remarks>
/// The records are those of etcd to the byte, and so is what is refused: members of both in a cluster keep equal tables. What only asks
/// (users, roles, the switch) etcd sends through the log too; here it changes nothing, and this member answers it from its table.
/// </remarks>
internal sealed class AuthApplier(ReplicatedState state, IAuthEvents events, ILogger log)
{
    private const string Root = AuthIdentity.Root;

    private AuthTable Table => state.Auth;

    /// <summary>Applies a request, or gives null where it is none of these.</summary>
    /// <param name="request">The request.</param>
    /// <param name="index">The index of its entry.</param>
    public ApplyResult? Apply(InternalRaftRequest request, ulong index) =>
        ApplySwitch(request, index) ?? ApplyUser(request) ?? ApplyRole(request);

    private ApplyResult? ApplySwitch(InternalRaftRequest request, ulong index) => request switch
    {
        { AuthEnable: not null } => Enable(),
        { AuthDisable: not null } => Disable(),
        { AuthStatus: not null } or { AuthUserGet: not null } or { AuthUserList: not null } or { AuthRoleGet: not null }
            or { AuthRoleList: not null } => new ApplyResult(new EmptyResponse()),
        { Authenticate: { } login } => Authenticate(login, index),
        _ => null,
    };

    private ApplyResult? ApplyUser(InternalRaftRequest request) => request switch
    {
        { AuthUserAdd: { } add } => AddUser(add),
        { AuthUserDelete: { } delete } => DeleteUser(delete.Name),
        { AuthUserChangePassword: { } change } => ChangePassword(change),
        { AuthUserGrantRole: { } grant } => GrantRole(grant.User, grant.Role),
        { AuthUserRevokeRole: { } revoke } => RevokeRole(revoke.Name, revoke.Role),
        _ => null,
    };

    private ApplyResult? ApplyRole(InternalRaftRequest request) => request switch
    {
        { AuthRoleAdd: { } add } => AddRole(add.Name),
        { AuthRoleDelete: { } delete } => DeleteRole(delete.Role),
        { AuthRoleGrantPermission: { } grant } => GrantPermission(grant.Name, grant.Perm),
        { AuthRoleRevokePermission: { } revoke } => RevokePermission(revoke),
        _ => null,
    };

    private ApplyResult Enable()
    {
        if (Table.IsEnabled)
        {
            return Succeed(new AuthEnableResponse());
        }

        if (Table.RolesOf(Root) is not { } roles)
        {
            return new ApplyResult(EtcdErrors.RootUserNotExist);
        }

        if (!roles.Contains(Root))
        {
            return new ApplyResult(EtcdErrors.RootRoleNotExist);
        }

        state.Auth = Table.Enabled();
        Store(Schema.Auth, Schema.AuthEnabled.ToArray(), [1]);
        log.EnabledAuthentication(Table.Revision);
        return Succeed(new AuthEnableResponse());
    }

    private ApplyResult Disable()
    {
        if (Table.IsEnabled)
        {
            Store(Schema.Auth, Schema.AuthEnabled.ToArray(), [0]);
            SwitchTo(Table.Disabled());
            events.Disabled();
            log.DisabledAuthentication(Table.Revision);
        }

        return Succeed(new AuthDisableResponse());
    }

    /// <summary>The password was checked by the member that the user spoke to; here the token is agreed on.</summary>
    /// <remarks>etcd ends the token with the index that was applied before this entry, and every member has to find the same.</remarks>
    private ApplyResult Authenticate(InternalAuthenticateRequest request, ulong index)
    {
        if (!Table.IsEnabled)
        {
            return new ApplyResult(EtcdErrors.AuthNotEnabled);
        }

        if (Table.CredentialsOf(request.Name) is not { HasNoPassword: false })
        {
            return new ApplyResult(EtcdErrors.AuthenticationFailed);
        }

        string token = string.Create(CultureInfo.InvariantCulture, $"{request.SimpleToken}.{index - 1}");
        events.LoggedIn(token, request.Name);
        return Succeed(new AuthenticateResponse { Token = token });
    }

    private ApplyResult AddUser(AuthUserAddRequest request)
    {
        if (request.Name.Length == 0)
        {
            return new ApplyResult(EtcdErrors.UserNameEmpty);
        }

        if (!AuthTable.FitsFile(request.Name))
        {
            return new ApplyResult(EtcdErrors.RequestTooLarge);
        }

        if (Table.Users.ContainsKey(request.Name))
        {
            return new ApplyResult(EtcdErrors.UserAlreadyExists);
        }

        User user = new() { Name = ByteString.CopyFromUtf8(request.Name), Options = request.Options ?? new UserAddOptions() };
        if (!user.Options.NoPassword)
        {
            if (!TrySelectPassword(request.Password, request.HashedPassword, out ByteString password))
            {
                return new ApplyResult(EtcdErrors.NoPasswordUser);
            }

            user.Password = password;
        }

        PutWithPassword(request.Name, user);
        log.AddedUser(request.Name, Table.Revision);
        return Succeed(new AuthUserAddResponse());
    }

    private ApplyResult DeleteUser(string name)
    {
        if (Table.IsEnabled && name == Root)
        {
            return new ApplyResult(EtcdErrors.InvalidAuthManagement);
        }

        if (!Table.Users.TryGetValue(name, out User? user))
        {
            return new ApplyResult(EtcdErrors.UserNotFound);
        }

        Store(Schema.AuthUsers, user.Name.ToByteArray(), null);
        SwitchTo(Table.WithoutUser(name));
        events.Invalidated(name);
        log.DeletedUser(name, Table.Revision);
        return Succeed(new AuthUserDeleteResponse());
    }

    private ApplyResult ChangePassword(AuthUserChangePasswordRequest request)
    {
        if (!Table.Users.TryGetValue(request.Name, out User? user))
        {
            return new ApplyResult(EtcdErrors.UserNotFound);
        }

        ByteString password = ByteString.Empty;
        if (user.Options is not { NoPassword: true } && !TrySelectPassword(request.Password, request.HashedPassword, out password))
        {
            return new ApplyResult(EtcdErrors.NoPasswordUser);
        }

        User changed = user.Clone();
        changed.Password = password;
        PutWithPassword(request.Name, changed);
        events.Invalidated(request.Name);
        log.ChangedPassword(request.Name, Table.Revision);
        return Succeed(new AuthUserChangePasswordResponse());
    }

    private ApplyResult GrantRole(string name, string role)
    {
        if (!Table.Users.TryGetValue(name, out User? user))
        {
            return new ApplyResult(EtcdErrors.UserNotFound);
        }

        if (role != Root && !Table.Roles.ContainsKey(role))
        {
            return new ApplyResult(EtcdErrors.RoleNotFound);
        }

        if (!user.Roles.Contains(role))
        {
            Put(WithRoles(user, user.Roles.Append(role).Order(Utf8Order.Instance)));
            log.GrantedRole(role, name, Table.Revision);
        }

        return Succeed(new AuthUserGrantRoleResponse());
    }

    private ApplyResult RevokeRole(string name, string role)
    {
        if (Table.IsEnabled && name == Root && role == Root)
        {
            return new ApplyResult(EtcdErrors.InvalidAuthManagement);
        }

        if (!Table.Users.TryGetValue(name, out User? user))
        {
            return new ApplyResult(EtcdErrors.UserNotFound);
        }

        if (!user.Roles.Contains(role))
        {
            return new ApplyResult(EtcdErrors.RoleNotGranted);
        }

        Put(WithRoles(user, user.Roles.Where(other => other != role)));
        log.RevokedRole(role, name, Table.Revision);
        return Succeed(new AuthUserRevokeRoleResponse());
    }

    private ApplyResult AddRole(string name)
    {
        if (name.Length == 0)
        {
            return new ApplyResult(EtcdErrors.RoleNameEmpty);
        }

        if (!AuthTable.FitsFile(name))
        {
            return new ApplyResult(EtcdErrors.RequestTooLarge);
        }

        if (Table.Roles.ContainsKey(name))
        {
            return new ApplyResult(EtcdErrors.RoleAlreadyExists);
        }

        Put(new Role { Name = ByteString.CopyFromUtf8(name) });
        log.AddedRole(name, Table.Revision);
        return Succeed(new AuthRoleAddResponse());
    }

    private ApplyResult DeleteRole(string name)
    {
        if (Table.IsEnabled && name == Root)
        {
            return new ApplyResult(EtcdErrors.InvalidAuthManagement);
        }

        if (!Table.Roles.TryGetValue(name, out Role? role))
        {
            return new ApplyResult(EtcdErrors.RoleNotFound);
        }

        Store(Schema.AuthRoles, role.Name.ToByteArray(), null);
        ImmutableSortedDictionary<string, User>.Builder users = Table.Users.ToBuilder();
        foreach (User user in Table.Users.Values.Where(user => user.Roles.Contains(name)))
        {
            User changed = WithRoles(user, user.Roles.Where(other => other != name));
            users[user.Name.ToStringUtf8()] = changed;
            Store(Schema.AuthUsers, user.Name.ToByteArray(), changed.ToByteArray());
        }

        SwitchTo(Table.With(users.ToImmutable(), Table.Roles.Remove(name)));
        log.DeletedRole(name, Table.Revision);
        return Succeed(new AuthRoleDeleteResponse());
    }

    private ApplyResult GrantPermission(string name, Permission? permission)
    {
        if (permission is null)
        {
            return new ApplyResult(EtcdErrors.PermissionNotGiven);
        }

        if (!IsRange(permission.Key.Span, permission.RangeEnd.Span))
        {
            return new ApplyResult(EtcdErrors.InvalidAuthManagement);
        }

        if (!Table.Roles.TryGetValue(name, out Role? role))
        {
            return new ApplyResult(EtcdErrors.RoleNotFound);
        }

        Role changed = role.Clone();
        RolePermissions.Grant(changed.KeyPermission, permission);
        Put(changed);
        log.GrantedPermission(permission.PermType.ToString().ToUpperInvariant(), name, Table.Revision);
        return Succeed(new AuthRoleGrantPermissionResponse());
    }

    private ApplyResult RevokePermission(AuthRoleRevokePermissionRequest request)
    {
        if (!Table.Roles.TryGetValue(request.Role, out Role? role))
        {
            return new ApplyResult(EtcdErrors.RoleNotFound);
        }

        Role changed = new() { Name = role.Name };
        changed.KeyPermission.AddRange(role.KeyPermission.Where(
            permission => permission.Key != request.Key || permission.RangeEnd != request.RangeEnd));
        if (changed.KeyPermission.Count == role.KeyPermission.Count)
        {
            return new ApplyResult(EtcdErrors.PermissionNotGranted);
        }

        Put(changed);
        log.RevokedPermission(request.Role, Table.Revision);
        return Succeed(new AuthRoleRevokePermissionResponse());
    }

    private static bool IsRange(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) =>
        !key.IsEmpty && (rangeEnd.IsEmpty || rangeEnd is [0] || key.SequenceCompareTo(rangeEnd) < 0);

    private bool TrySelectPassword(string password, string hashedPassword, out ByteString selected)
    {
        if (password.Length > 0 && hashedPassword.Length == 0)
        {
            selected = UnsafeByteOperations.UnsafeWrap(events.Hash(password));
            return true;
        }

        byte[] decoded = new byte[hashedPassword.Length];
        bool isBase64 = Convert.TryFromBase64String(hashedPassword, decoded, out int length);
        selected = ByteString.CopyFrom(decoded.AsSpan(0, length));
        return isBase64;
    }

    private static User WithRoles(User user, IEnumerable<string> roles)
    {
        User changed = new() { Name = user.Name, Password = user.Password, Options = user.Options };
        changed.Roles.AddRange(roles);
        return changed;
    }

    private void Put(User user)
    {
        Store(Schema.AuthUsers, user.Name.ToByteArray(), user.ToByteArray());
        SwitchTo(Table.With(users: Table.Users.SetItem(user.Name.ToStringUtf8(), user)));
    }

    private void PutWithPassword(string name, User user)
    {
        Store(Schema.AuthUsers, user.Name.ToByteArray(), user.ToByteArray());
        SwitchTo(Table.WithPassword(name, user));
    }

    private void Put(Role role)
    {
        Store(Schema.AuthRoles, role.Name.ToByteArray(), role.ToByteArray());
        SwitchTo(Table.With(roles: Table.Roles.SetItem(role.Name.ToStringUtf8(), role)));
    }

    /// <summary>Goes over to a table that counts as a change.</summary>
    private void SwitchTo(AuthTable next)
    {
        byte[] revision = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(revision, next.Revision);
        Store(Schema.Auth, Schema.AuthRevision.ToArray(), revision);
        state.Auth = next;
    }

    private void Store(ReadOnlySpan<byte> bucket, byte[] key, byte[]? value) =>
        state.Changes.Add(new BucketChange(bucket.ToArray(), key, value));

    private ApplyResult Succeed<T>(T response)
        where T : IMessage, IResponse
    {
        response.Header = new ResponseHeader { Revision = state.Store.Revision };
        return new ApplyResult(response);
    }
}
