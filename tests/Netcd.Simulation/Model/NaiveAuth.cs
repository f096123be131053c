using Netcd.Engine.Auth;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Model;

/// <summary>Users and roles as one would write them down, without a thought for speed: what the engine is held against.</summary>
internal sealed class NaiveAuth
{
    /// <summary>The users' roles.</summary>
    public Dictionary<string, SortedSet<string>> Users { get; private init; } = [];

    /// <summary>The users' passwords, hashed.</summary>
    public Dictionary<string, string> Passwords { get; private init; } = [];

    public Dictionary<string, List<(string Key, string End, Permission.Types.Type Type)>> Roles { get; private init; } = [];

    public bool IsEnabled { get; private set; }

    public ulong Revision { get; private set; } = 1;

    /// <summary>As it is now; what is applied later does not show.</summary>
    public NaiveAuth Copy() => new()
    {
        Users = Users.ToDictionary(
            static user => user.Key, static user => new SortedSet<string>(user.Value, StringComparer.Ordinal)),
        Passwords = new Dictionary<string, string>(Passwords),
        Roles = Roles.ToDictionary(static role => role.Key, static role => role.Value.ToList()),
        IsEnabled = IsEnabled,
        Revision = Revision,
    };

    /// <summary>Judges an entry, and applies it where it is about users and roles.</summary>
    /// <param name="request">The entry.</param>
    /// <param name="keysOf">The keys of a lease; null where there is no such lease.</param>
    /// <returns>Why it is refused, or null.</returns>
    public EtcdError? Apply(InternalRaftRequest request, Func<long, IEnumerable<string>?> keysOf)
    {
        AuthIdentity caller = new(request.Header?.Username ?? "", request.Header?.AuthRevision ?? 0);
        return request switch
        {
            { Put: { } put } => Check(caller, put, keysOf),
            { DeleteRange: { } deletion } => Check(caller, deletion),
            { Txn: { } txn } => Check(caller, txn, keysOf),
            { LeaseRevoke: { } revoke } => CheckLease(caller, revoke.ID, keysOf),
            { Authenticate: { } login } => !IsEnabled ? EtcdErrors.AuthNotEnabled
                : Passwords.ContainsKey(login.Name) ? null : EtcdErrors.AuthenticationFailed,
            _ => IsAdmin(request) ? CheckRoot(caller) ?? Change(request) : null,
        };
    }

    public EtcdError? CheckRoot(AuthIdentity caller) => !IsEnabled ? null
        : caller.User.Length == 0 ? EtcdErrors.UserNameEmpty
        : !Users.TryGetValue(caller.User, out SortedSet<string>? roles) ? EtcdErrors.UserNotFound
        : roles.Contains("root") ? null
        : EtcdErrors.PermissionDenied;

    public EtcdError? CheckKeys(AuthIdentity caller, string key, string end, bool isWrite)
    {
        if (!IsEnabled)
        {
            return null;
        }

        if (caller.Revision == 0)
        {
            return EtcdErrors.UserNameEmpty;
        }

        if (caller.Revision < Revision)
        {
            return EtcdErrors.AuthOldRevision;
        }

        bool isPermitted = Users.TryGetValue(caller.User, out SortedSet<string>? roles)
            && (roles.Contains("root") || IsCovered(roles, key, end, isWrite));
        return isPermitted ? null : EtcdErrors.PermissionDenied;
    }

    public EtcdError? Check(AuthIdentity caller, PutRequest put, Func<long, IEnumerable<string>?> keysOf)
    {
        string key = put.Key.ToStringUtf8();
        return CheckKeys(caller, key, "", isWrite: true) ?? CheckLease(caller, put.Lease, keysOf)
            ?? (put.PrevKv ? CheckKeys(caller, key, "", isWrite: false) : null);
    }

    public EtcdError? Check(AuthIdentity caller, DeleteRangeRequest deletion)
    {
        (string key, string end) = (deletion.Key.ToStringUtf8(), deletion.RangeEnd.ToStringUtf8());
        return CheckKeys(caller, key, end, isWrite: true) ?? (deletion.PrevKv ? CheckKeys(caller, key, end, isWrite: false) : null);
    }

    public EtcdError? Check(AuthIdentity caller, TxnRequest txn, Func<long, IEnumerable<string>?> keysOf)
    {
        IEnumerable<EtcdError?> compares =
            txn.Compare.Select(compare => CheckKeys(caller, compare.Key.ToStringUtf8(), compare.RangeEnd.ToStringUtf8(), isWrite: false));
        IEnumerable<EtcdError?> operations = txn.Success.Concat(txn.Failure).Select(operation => operation.RequestCase switch
        {
            RequestOp.RequestOneofCase.RequestRange => CheckKeys(
                caller, operation.RequestRange.Key.ToStringUtf8(), operation.RequestRange.RangeEnd.ToStringUtf8(), isWrite: false),
            RequestOp.RequestOneofCase.RequestPut => Check(caller, operation.RequestPut, keysOf),
            RequestOp.RequestOneofCase.RequestDeleteRange => Check(caller, operation.RequestDeleteRange),
            _ => Check(caller, operation.RequestTxn, keysOf),
        });
        return compares.Concat(operations).FirstOrDefault(static error => error is not null);
    }

    private EtcdError? CheckLease(AuthIdentity caller, long lease, Func<long, IEnumerable<string>?> keysOf) =>
        !IsEnabled || CheckRoot(caller) is null || keysOf(lease) is not { } keys
            ? null
            : keys.Select(key => CheckKeys(caller, key, "", isWrite: true)).FirstOrDefault(static error => error is not null);

    private static bool IsAdmin(InternalRaftRequest request) => request is { AuthEnable: not null } or { AuthDisable: not null }
        or { AuthUserAdd: not null } or { AuthUserDelete: not null } or { AuthUserChangePassword: not null }
        or { AuthUserGrantRole: not null } or { AuthUserRevokeRole: not null } or { AuthRoleAdd: not null } or { AuthRoleDelete: not null }
        or { AuthRoleGrantPermission: not null } or { AuthRoleRevokePermission: not null };

    private EtcdError? Change(InternalRaftRequest request) => request switch
    {
        { AuthEnable: not null } => Enable(),
        { AuthDisable: not null } => Disable(),
        { AuthUserAdd: { } add } => Users.ContainsKey(add.Name) ? EtcdErrors.UserAlreadyExists : Count(() => Add(add)),
        { AuthUserDelete: { } delete } => DeleteUser(delete.Name),
        { AuthUserChangePassword: { } change } => UnknownUser(change.Name) ?? Count(() => Change(change)),
        { AuthUserGrantRole: { } grant } => GrantRole(grant.User, grant.Role),
        { AuthUserRevokeRole: { } revoke } => RevokeRole(revoke.Name, revoke.Role),
        { AuthRoleAdd: { } add } => Roles.ContainsKey(add.Name) ? EtcdErrors.RoleAlreadyExists : Count(() => Roles.Add(add.Name, [])),
        { AuthRoleDelete: { } delete } => IsEnabled && delete.Role == "root" ? EtcdErrors.InvalidAuthManagement
            : UnknownRole(delete.Role) ?? Count(() => DeleteRole(delete.Role)),
        { AuthRoleGrantPermission: { } grant } => Grant(grant.Name, grant.Perm),
        { AuthRoleRevokePermission: { } revoke } => Revoke(revoke),
        _ => null,
    };

    private EtcdError? Enable()
    {
        EtcdError? refusal = IsEnabled ? null
            : !Users.TryGetValue("root", out SortedSet<string>? roles) ? EtcdErrors.RootUserNotExist
            : roles.Contains("root") ? null : EtcdErrors.RootRoleNotExist;
        IsEnabled |= refusal is null;
        return refusal;
    }

    private EtcdError? Disable()
    {
        Revision += IsEnabled ? 1UL : 0;
        IsEnabled = false;
        return null;
    }

    private void Add(AuthUserAddRequest request)
    {
        Users.Add(request.Name, new SortedSet<string>(StringComparer.Ordinal));
        if (request.Options is not { NoPassword: true })
        {
            Passwords.Add(request.Name, request.HashedPassword);
        }
    }

    /// <summary>A user without a password stays without.</summary>
    private void Change(AuthUserChangePasswordRequest request)
    {
        if (Passwords.ContainsKey(request.Name))
        {
            Passwords[request.Name] = request.HashedPassword;
        }
    }

    private EtcdError? DeleteUser(string name) => IsEnabled && name == "root" ? EtcdErrors.InvalidAuthManagement
        : UnknownUser(name) ?? Count(() =>
        {
            Users.Remove(name);
            Passwords.Remove(name);
        });

    private EtcdError? GrantRole(string name, string role)
    {
        EtcdError? refusal = UnknownUser(name) ?? (role == "root" ? null : UnknownRole(role));
        return refusal is not null || Users[name].Contains(role) ? refusal : Count(() => Users[name].Add(role));
    }

    private EtcdError? RevokeRole(string name, string role) => IsEnabled && name == "root" && role == "root"
        ? EtcdErrors.InvalidAuthManagement
        : UnknownUser(name) ?? (Users[name].Contains(role) ? Count(() => Users[name].Remove(role)) : EtcdErrors.RoleNotGranted);

    private void DeleteRole(string role)
    {
        Roles.Remove(role);
        foreach (SortedSet<string> roles in Users.Values)
        {
            roles.Remove(role);
        }
    }

    /// <summary>The first of those with the key is the only one that may be replaced; others are added.</summary>
    private EtcdError? Grant(string role, Permission permission)
    {
        (string key, string end) = (permission.Key.ToStringUtf8(), permission.RangeEnd.ToStringUtf8());
        if (end.Length > 0 && end != "\0" && string.CompareOrdinal(key, end) >= 0)
        {
            return EtcdErrors.InvalidAuthManagement;
        }

        return UnknownRole(role) ?? Count(() =>
        {
            List<(string Key, string End, Permission.Types.Type Type)> granted = Roles[role];
            int first = granted.FindIndex(one => one.Key == key);
            if (first >= 0 && granted[first].End == end)
            {
                granted[first] = (key, end, permission.PermType);
            }
            else
            {
                granted.Add((key, end, permission.PermType));
            }
        });
    }

    private EtcdError? Revoke(AuthRoleRevokePermissionRequest request)
    {
        (string key, string end) = (request.Key.ToStringUtf8(), request.RangeEnd.ToStringUtf8());
        return UnknownRole(request.Role) ?? (Roles[request.Role].Exists(one => one.Key == key && one.End == end)
            ? Count(() => Roles[request.Role].RemoveAll(one => one.Key == key && one.End == end))
            : EtcdErrors.PermissionNotGranted);
    }

    private EtcdError? Count(Action change)
    {
        change();
        Revision++;
        return null;
    }

    private EtcdError? UnknownUser(string user) => Users.ContainsKey(user) ? null : EtcdErrors.UserNotFound;

    private EtcdError? UnknownRole(string role) => Roles.ContainsKey(role) ? null : EtcdErrors.RoleNotFound;

    /// <summary>
    /// Whether ranges together cover another one. At each point where one of them begins or ends within it, and at its start, some range
    /// must go on: in between nothing changes.
    /// </summary>
    private bool IsCovered(IEnumerable<string> roles, string key, string end, bool isWrite)
    {
        (string from, string? to) = Range(key, end);
        if (to is not null && string.CompareOrdinal(from, to) >= 0)
        {
            // No key lies in it; who may not have its first one is refused all the same.
            to = from + "\0";
        }

        (string From, string? To)[] granted =
        [
            .. roles.Where(Roles.ContainsKey).SelectMany(role => Roles[role])
                .Where(one => one.Type == Permission.Types.Type.Readwrite
                    || one.Type == (isWrite ? Permission.Types.Type.Write : Permission.Types.Type.Read))
                .Select(one => Range(one.Key, one.End)),
        ];
        return granted.SelectMany(static range => new[] { range.From, range.To }).Append(from)
            .Where(point => point is not null && string.CompareOrdinal(point, from) >= 0)
            .Where(point => to is null || string.CompareOrdinal(point, to) < 0)
            .All(point => Array.Exists(granted, range =>
                string.CompareOrdinal(range.From, point) <= 0 && (range.To is null || string.CompareOrdinal(point, range.To) < 0)));
    }

    private static (string From, string? To) Range(string key, string end) => (key, end switch
    {
        "" => key + "\0",
        "\0" => null,
        _ => end,
    });
}
