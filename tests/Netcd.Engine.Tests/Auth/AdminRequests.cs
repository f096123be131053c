using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Auth;

/// <summary>Random changes of users and roles.</summary>
internal sealed class AdminRequests(Random random)
{
    private static readonly string[] Names = ["root", "anne", "bob", "eve"];
    private static readonly string[] RoleNames = ["root", "r1", "r2", "r3"];
    private static readonly string[] Keys = ["a", "ab", "b", "ba", "c"];
    private static readonly string[] Ends = ["", "", "\0", "ab", "b", "bb", "c", "d"];

    public InternalRaftRequest Next()
    {
        (string name, string role) = (Pick(Names), Pick(RoleNames));
        return random.Next(14) switch
        {
            0 => new InternalRaftRequest { AuthEnable = new AuthEnableRequest() },
            1 when random.Next(4) == 0 => new InternalRaftRequest { AuthDisable = new AuthDisableRequest() },
            < 4 => new InternalRaftRequest { AuthUserAdd = User(name) },
            4 when random.Next(2) == 0 => new InternalRaftRequest { AuthUserDelete = new AuthUserDeleteRequest { Name = name } },
            < 7 => new InternalRaftRequest { AuthUserGrantRole = new AuthUserGrantRoleRequest { User = name, Role = role } },
            7 => new InternalRaftRequest { AuthUserRevokeRole = new AuthUserRevokeRoleRequest { Name = name, Role = role } },
            8 or 9 => new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = role } },
            10 when random.Next(2) == 0 => new InternalRaftRequest { AuthRoleDelete = new AuthRoleDeleteRequest { Role = role } },
            11 => new InternalRaftRequest
            {
                AuthRoleRevokePermission = new AuthRoleRevokePermissionRequest { Role = role, Key = Bytes(Keys), RangeEnd = Bytes(Ends) },
            },
            _ => new InternalRaftRequest
            {
                AuthRoleGrantPermission = new AuthRoleGrantPermissionRequest { Name = role, Perm = Permission() },
            },
        };
    }

    private static AuthUserAddRequest User(string name) => new() { Name = name, Options = new UserAddOptions { NoPassword = true } };

    private Permission Permission() =>
        new() { Key = Bytes(Keys), RangeEnd = Bytes(Ends), PermType = (Permission.Types.Type)random.Next(3) };

    private ByteString Bytes(string[] all) => ByteString.CopyFromUtf8(Pick(all));

    private T Pick<T>(T[] all) => all[random.Next(all.Length)];
}
