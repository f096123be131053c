using Google.Protobuf;
using Netcd.Engine.Auth;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Auth;

/// <summary>Random changes of users and roles, and what a model makes of them.</summary>
internal sealed class AdminRequests(NaiveAuth model, Random random)
{
    private static readonly string[] Names = ["root", "anne", "bob", "eve"];
    private static readonly string[] RoleNames = ["root", "r1", "r2", "r3"];
    private static readonly string[] Keys = ["a", "ab", "b", "ba", "c"];
    private static readonly string[] Ends = ["", "", "\0", "ab", "b", "bb", "c", "d"];

    public InternalRaftRequest Next(AuthIdentity caller, out EtcdError? expected, out Action? succeed)
    {
        InternalRaftRequest request = Choose(out EtcdError? byRule, out succeed);
        EtcdError? denied = model.CheckRoot(caller);
        expected = denied ?? byRule;
        return request;
    }

    private InternalRaftRequest Choose(out EtcdError? byRule, out Action? succeed)
    {
        (string name, string role) = (Pick(Names), Pick(RoleNames));
        switch (random.Next(14))
        {
            case 0:
                byRule = model.IsEnabled ? null
                    : !model.Users.TryGetValue("root", out SortedSet<string>? roles) ? EtcdErrors.RootUserNotExist
                    : roles.Contains("root") ? null : EtcdErrors.RootRoleNotExist;
                succeed = () => model.IsEnabled = true;
                return new InternalRaftRequest { AuthEnable = new AuthEnableRequest() };
            case 1 when random.Next(4) == 0:
                byRule = null;
                succeed = () =>
                {
                    model.Revision += model.IsEnabled ? 1UL : 0;
                    model.IsEnabled = false;
                };
                return new InternalRaftRequest { AuthDisable = new AuthDisableRequest() };
            case < 4:
                byRule = model.Users.ContainsKey(name) ? EtcdErrors.UserAlreadyExists : null;
                succeed = Counted(() => model.Users.Add(name, new SortedSet<string>(StringComparer.Ordinal)));
                return new InternalRaftRequest { AuthUserAdd = new AuthUserAddRequest { Name = name, Options = new UserAddOptions { NoPassword = true } } };
            case 4 when random.Next(2) == 0:
                byRule = model.IsEnabled && name == "root" ? EtcdErrors.InvalidAuthManagement : Unknown(name);
                succeed = Counted(() => model.Users.Remove(name));
                return new InternalRaftRequest { AuthUserDelete = new AuthUserDeleteRequest { Name = name } };
            case < 7:
                byRule = Unknown(name) ?? (role == "root" ? null : UnknownRole(role));
                bool isNew = byRule is null && !model.Users[name].Contains(role);
                succeed = isNew ? Counted(() => model.Users[name].Add(role)) : null;
                return new InternalRaftRequest { AuthUserGrantRole = new AuthUserGrantRoleRequest { User = name, Role = role } };
            case 7:
                byRule = model.IsEnabled && name == "root" && role == "root" ? EtcdErrors.InvalidAuthManagement
                    : Unknown(name) ?? (model.Users[name].Contains(role) ? null : EtcdErrors.RoleNotGranted);
                succeed = Counted(() => model.Users[name].Remove(role));
                return new InternalRaftRequest { AuthUserRevokeRole = new AuthUserRevokeRoleRequest { Name = name, Role = role } };
            case 8 or 9:
                byRule = model.Roles.ContainsKey(role) ? EtcdErrors.RoleAlreadyExists : null;
                succeed = Counted(() => model.Roles.Add(role, []));
                return new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = role } };
            case 10 when random.Next(2) == 0:
                byRule = model.IsEnabled && role == "root" ? EtcdErrors.InvalidAuthManagement : UnknownRole(role);
                succeed = Counted(() => DeleteRole(role));
                return new InternalRaftRequest { AuthRoleDelete = new AuthRoleDeleteRequest { Role = role } };
            case 11:
                return RevokePermission(role, out byRule, out succeed);
            default:
                return GrantPermission(role, out byRule, out succeed);
        }
    }

    private InternalRaftRequest GrantPermission(string role, out EtcdError? byRule, out Action? succeed)
    {
        (string key, string end, Permission.Types.Type type) = (Pick(Keys), Pick(Ends), (Permission.Types.Type)random.Next(3));
        bool isRange = end.Length == 0 || end == "\0" || string.CompareOrdinal(key, end) < 0;
        byRule = isRange ? UnknownRole(role) : EtcdErrors.InvalidAuthManagement;
        succeed = Counted(() => Grant(role, key, end, type));
        return new InternalRaftRequest
        {
            AuthRoleGrantPermission = new AuthRoleGrantPermissionRequest
            {
                Name = role,
                Perm = new Permission { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(end), PermType = type },
            },
        };
    }

    private InternalRaftRequest RevokePermission(string role, out EtcdError? byRule, out Action? succeed)
    {
        (string key, string end) = (Pick(Keys), Pick(Ends));
        byRule = UnknownRole(role)
            ?? (model.Roles[role].Exists(one => one.Key == key && one.End == end) ? null : EtcdErrors.PermissionNotGranted);
        succeed = Counted(() => model.Roles[role].RemoveAll(one => one.Key == key && one.End == end));
        return new InternalRaftRequest
        {
            AuthRoleRevokePermission = new AuthRoleRevokePermissionRequest
            {
                Role = role,
                Key = ByteString.CopyFromUtf8(key),
                RangeEnd = ByteString.CopyFromUtf8(end),
            },
        };
    }

    /// <summary>The first of those with the key is the only one that may be replaced; others are added.</summary>
    private void Grant(string role, string key, string end, Permission.Types.Type type)
    {
        List<(string Key, string End, Permission.Types.Type Type)> granted = model.Roles[role];
        int first = granted.FindIndex(one => one.Key == key);
        if (first >= 0 && granted[first].End == end)
        {
            granted[first] = (key, end, type);
        }
        else
        {
            granted.Add((key, end, type));
        }
    }

    private void DeleteRole(string role)
    {
        model.Roles.Remove(role);
        foreach (SortedSet<string> roles in model.Users.Values)
        {
            roles.Remove(role);
        }
    }

    private Action Counted(Action change) => () =>
    {
        change();
        model.Revision++;
    };

    private EtcdError? Unknown(string user) => model.Users.ContainsKey(user) ? null : EtcdErrors.UserNotFound;

    private EtcdError? UnknownRole(string role) => model.Roles.ContainsKey(role) ? null : EtcdErrors.RoleNotFound;

    private T Pick<T>(T[] all) => all[random.Next(all.Length)];
}
