using Netcd.Protocol.V3;

namespace Netcd.Engine.Auth;

/// <summary>What a user may do, at one revision of users and roles.</summary>
internal sealed class UserRights
{
    private UserRights(bool isRoot, GrantedRanges readable, GrantedRanges writable) =>
        (IsRoot, Readable, Writable) = (isRoot, readable, writable);

    /// <summary>Whether the user has the role that may do everything.</summary>
    public bool IsRoot { get; }

    /// <summary>What may be read.</summary>
    public GrantedRanges Readable { get; }

    /// <summary>What may be written.</summary>
    public GrantedRanges Writable { get; }

    /// <summary>The rights that roles give together; a role that does not exist gives none.</summary>
    public static UserRights Of(User user, Func<string, Role?> findRole)
    {
        Permission[] permissions = [.. user.Roles.Select(findRole).SelectMany(static role => role?.KeyPermission ?? [])];
        return new UserRights(
            user.Roles.Contains(AuthIdentity.Root),
            Union(permissions, Permission.Types.Type.Read),
            Union(permissions, Permission.Types.Type.Write));
    }

    private static GrantedRanges Union(Permission[] permissions, Permission.Types.Type type) => new(permissions
        .Where(permission => permission.PermType == type || permission.PermType == Permission.Types.Type.Readwrite)
        .Select(static permission => GrantedRange.Of(permission.Key.Span, permission.RangeEnd.Span)));
}
