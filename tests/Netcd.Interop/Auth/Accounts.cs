using Google.Protobuf;
using Grpc.Net.Client;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Auth;

/// <summary>Users and roles of a server, through its Auth service.</summary>
/// <param name="channel">The server.</param>
internal sealed class Accounts(GrpcChannel channel)
{
    public const string Root = "root";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly Protocol.V3.Auth.AuthClient auth = new(channel);

    /// <summary>Makes all calls of this class; null while nobody needs to say who they are.</summary>
    public string? Token { get; set; }

    /// <summary>A password that differs from user to user.</summary>
    public static string PasswordOf(string user) => "pw-of-" + user;

    public async Task AddRoleAsync(string role, params Permission[] permissions)
    {
        await auth.RoleAddAsync(new AuthRoleAddRequest { Name = role }, Headers, Late);
        foreach (Permission permission in permissions)
        {
            await GrantAsync(role, permission);
        }
    }

    public async Task AddUserAsync(string user, params string[] roles)
    {
        await auth.UserAddAsync(new AuthUserAddRequest { Name = user, Password = PasswordOf(user) }, Headers, Late);
        await GiveAsync(user, roles);
    }

    /// <summary>A user that has no password, and is known by a certificate alone.</summary>
    public async Task AddUserWithoutPasswordAsync(string user, params string[] roles)
    {
        await auth.UserAddAsync(new AuthUserAddRequest { Name = user, Options = new UserAddOptions { NoPassword = true } }, Headers, Late);
        await GiveAsync(user, roles);
    }

    public async Task GiveAsync(string user, params string[] roles)
    {
        foreach (string role in roles)
        {
            await auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = user, Role = role }, Headers, Late);
        }
    }

    public async Task GrantAsync(string role, Permission permission) => await auth.RoleGrantPermissionAsync(
        new AuthRoleGrantPermissionRequest { Name = role, Perm = permission }, Headers, Late);

    public async Task RevokeAsync(string role, Permission permission) => await auth.RoleRevokePermissionAsync(
        new AuthRoleRevokePermissionRequest { Role = role, Key = permission.Key, RangeEnd = permission.RangeEnd }, Headers, Late);

    public async Task TakeAsync(string user, string role) =>
        await auth.UserRevokeRoleAsync(new AuthUserRevokeRoleRequest { Name = user, Role = role }, Headers, Late);

    public async Task DeleteUserAsync(string user) => await auth.UserDeleteAsync(new AuthUserDeleteRequest { Name = user }, Headers, Late);

    public async Task DeleteRoleAsync(string role) => await auth.RoleDeleteAsync(new AuthRoleDeleteRequest { Role = role }, Headers, Late);

    public async Task ChangePasswordAsync(string user, string password) => await auth.UserChangePasswordAsync(
        new AuthUserChangePasswordRequest { Name = user, Password = password }, Headers, Late);

    /// <summary>A token for a user.</summary>
    public async Task<string> LogInAsync(string user, string? password = null) => (await auth.AuthenticateAsync(
        new AuthenticateRequest { Name = user, Password = password ?? PasswordOf(user) }, deadline: Late)).Token;

    /// <summary>Adds <c>root</c>, if it is not there, has users say who they are from now on, and goes on as <c>root</c>.</summary>
    public async Task EnableAsync()
    {
        AuthUserListResponse users = await auth.UserListAsync(new AuthUserListRequest(), Headers, Late);
        if (!users.Users.Contains(Root))
        {
            await AddUserAsync(Root, Root);
        }

        await auth.AuthEnableAsync(new AuthEnableRequest(), Headers, Late);
        Token = await LogInAsync(Root);
    }

    public async Task DisableAsync()
    {
        await auth.AuthDisableAsync(new AuthDisableRequest(), Headers, Late);
        Token = null;
    }

    /// <summary>All there is of users and roles, as one text.</summary>
    public async Task<string> PictureAsync()
    {
        AuthStatusResponse status = await auth.AuthStatusAsync(new AuthStatusRequest(), Headers, Late);
        List<string> lines = [$"enabled {status.Enabled} revision {status.AuthRevision}"];
        foreach (string user in (await auth.UserListAsync(new AuthUserListRequest(), Headers, Late)).Users)
        {
            AuthUserGetResponse found = await auth.UserGetAsync(new AuthUserGetRequest { Name = user }, Headers, Late);
            lines.Add($"user {user}: {string.Join(' ', found.Roles)}");
        }

        foreach (string role in (await auth.RoleListAsync(new AuthRoleListRequest(), Headers, Late)).Roles)
        {
            AuthRoleGetResponse found = await auth.RoleGetAsync(new AuthRoleGetRequest { Role = role }, Headers, Late);
            lines.Add($"role {role}: {string.Join(' ', found.Perm)}");
        }

        return string.Join('\n', lines);
    }

    private Grpc.Core.Metadata Headers => Rpc.Headers(Token);

    private static DateTime Late => DateTime.UtcNow + Deadline;
}

/// <summary>What roles permit.</summary>
internal static class Permit
{
    public static Permission Read(string key, string rangeEnd = "") => Of(Permission.Types.Type.Read, key, rangeEnd);

    public static Permission Write(string key, string rangeEnd = "") => Of(Permission.Types.Type.Write, key, rangeEnd);

    public static Permission Both(string key, string rangeEnd = "") => Of(Permission.Types.Type.Readwrite, key, rangeEnd);

    private static Permission Of(Permission.Types.Type type, string key, string rangeEnd) => new()
    {
        PermType = type,
        Key = ByteString.CopyFromUtf8(key),
        RangeEnd = ByteString.CopyFromUtf8(rangeEnd),
    };
}
