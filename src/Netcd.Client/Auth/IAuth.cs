namespace Netcd.Client.Auth;

/// <summary>Users, roles and what they may do. All calls throw <see cref="EtcdException"/> and those derived from it.</summary>
public interface IAuth
{
    /// <summary>Asks for users from now on. There must be a user <c>root</c> with the role <c>root</c>.</summary>
    Task<EtcdHeader> EnableAsync(CancellationToken cancel = default);

    /// <summary>Lets everybody do everything from now on.</summary>
    Task<EtcdHeader> DisableAsync(CancellationToken cancel = default);

    /// <summary>Whether users are asked for.</summary>
    Task<AuthStatus> StatusAsync(CancellationToken cancel = default);

    /// <summary>Gets a token for a user. The client itself logs in by its options; this is for others.</summary>
    /// <exception cref="EtcdAuthenticationException">There is no such user, or it has another password.</exception>
    Task<string> AuthenticateAsync(string user, string password, CancellationToken cancel = default);

    /// <summary>Adds a user.</summary>
    /// <param name="user">The name.</param>
    /// <param name="password">The password, or null for one that is known by its certificate alone.</param>
    /// <param name="cancel">Gives up.</param>
    Task<EtcdHeader> AddUserAsync(string user, string? password, CancellationToken cancel = default);

    /// <summary>The roles of a user.</summary>
    Task<NameList> GetUserAsync(string user, CancellationToken cancel = default);

    /// <summary>The names of all users.</summary>
    Task<NameList> ListUsersAsync(CancellationToken cancel = default);

    /// <summary>Removes a user.</summary>
    Task<EtcdHeader> DeleteUserAsync(string user, CancellationToken cancel = default);

    /// <summary>Gives a user another password.</summary>
    Task<EtcdHeader> ChangePasswordAsync(string user, string password, CancellationToken cancel = default);

    /// <summary>Gives a user a role.</summary>
    Task<EtcdHeader> GrantRoleAsync(string user, string role, CancellationToken cancel = default);

    /// <summary>Takes a role from a user.</summary>
    Task<EtcdHeader> RevokeRoleAsync(string user, string role, CancellationToken cancel = default);

    /// <summary>Adds a role, which may do nothing yet.</summary>
    Task<EtcdHeader> AddRoleAsync(string role, CancellationToken cancel = default);

    /// <summary>What a role may do.</summary>
    Task<RolePermissions> GetRoleAsync(string role, CancellationToken cancel = default);

    /// <summary>The names of all roles.</summary>
    Task<NameList> ListRolesAsync(CancellationToken cancel = default);

    /// <summary>Removes a role, from its users too.</summary>
    Task<EtcdHeader> DeleteRoleAsync(string role, CancellationToken cancel = default);

    /// <summary>Lets a role do something with the keys of a range, instead of what it could do with that range before.</summary>
    Task<EtcdHeader> GrantPermissionAsync(string role, Permission permission, CancellationToken cancel = default);

    /// <summary>Takes from a role what it may do with a range, which must be one that was granted.</summary>
    Task<EtcdHeader> RevokePermissionAsync(string role, KeyRange range, CancellationToken cancel = default);
}
