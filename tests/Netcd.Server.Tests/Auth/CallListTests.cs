using Netcd.Engine.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary>docs/auth.md says of each call who may make it, as the table of the source does.</summary>
public sealed class CallListTests
{
    private static readonly Dictionary<Access, string> Words = new()
    {
        [Access.Anyone] = "anyone",
        [Access.AnyUser] = "any user",
        [Access.Keys] = "rights on the keys",
        [Access.LeaseKeys] = "WRITE on all keys of the lease",
        [Access.LeaseReadKeys] = "any user; with `keys` READ on all keys of the lease",
        [Access.AllLeaseKeys] = "READ on all keys of all leases",
        [Access.RootToChange] = "any user to look, `root` to change",
        [Access.OwnUser] = "the user itself, `root`",
        [Access.OwnRole] = "users with the role, `root`",
        [Access.Root] = "`root`",
    };

    [Fact]
    public void The_document_lists_the_table()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Root(), "docs", "auth.md"))
            .Where(static line => line.StartsWith("| `/", StringComparison.Ordinal))];
        Assert.Equal(Calls.All.Select(Row), rows);
    }

    private static string Row(Call call)
    {
        string paths = string.Join(", ", call.GatewayPaths.Select(static path => $"`/v3/{path}`"));
        string place = call.IsDecidedAtApply ? "when it is applied" : "where it is asked";
        return $"| `{call.Path}` | {(paths.Length == 0 ? "–" : paths)} | {Words[call.Access]} | {place} |";
    }

    private static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "netcd.slnx")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }
}
