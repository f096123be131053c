namespace Netcd.Client.Auth;

/// <summary>What may be done with keys.</summary>
public enum Access
{
    /// <summary>They may be read.</summary>
    Read = 0,

    /// <summary>They may be written.</summary>
    Write = 1,

    /// <summary>They may be read and written.</summary>
    ReadWrite = 2,
}

/// <summary>A right of a role.</summary>
/// <param name="Access">What may be done.</param>
/// <param name="Range">With which keys.</param>
public sealed record Permission(Access Access, KeyRange Range);

/// <summary>Whether users are asked for.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="IsEnabled">Whether they are.</param>
/// <param name="Revision">Counts the changes of users and roles.</param>
public sealed record AuthStatus(EtcdHeader Header, bool IsEnabled, ulong Revision);

/// <summary>Names of users, or of roles.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="Names">The names.</param>
public sealed record NameList(EtcdHeader Header, IReadOnlyList<string> Names);

/// <summary>What a role may do.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="Permissions">Its rights.</param>
public sealed record RolePermissions(EtcdHeader Header, IReadOnlyList<Permission> Permissions);
