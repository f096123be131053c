using Google.Protobuf;
using Grpc.Net.Client;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;

namespace Netcd.Interop.Auth;

/// <summary>The keys, leases, users and roles that the matrix of calls and callers is about.</summary>
internal static class MatrixWorld
{
    public const string DataPrefix = "data/";
    public const string DataEnd = "data0";
    public const string Data = DataPrefix + "a";
    public const string Leased = DataPrefix + "leased";
    public const string Secret = "secret/a";
    public const string Own = "own/";
    public const string Elected = Own + "elected";

    public const long SharedLease = 101;
    public const long SecretLease = 102;
    public const long EmptyLease = 103;

    private const int Cells = 80;

    /// <summary>The users, and what their roles permit. Some lose what they had when they have logged in.</summary>
    public static IReadOnlyList<string> Users { get; } =
        ["bare", "reader", "writer", "both", "narrow", "owner", "sees-all", "admin", "demoted", "deleted", "changed"];

    /// <summary>Whether a caller has the role that may do everything.</summary>
    public static bool MayDoEverything(string caller) =>
        caller is Accounts.Root or "admin" || caller.EndsWith(" of root", StringComparison.Ordinal);

    /// <summary>A lease for one cell's request to use up.</summary>
    public static long CellLease(int cell) => 1_000 + cell;

    /// <summary>Keys and leases.</summary>
    public static async Task FillAsync(GrpcChannel channel)
    {
        KV.KVClient kv = new(channel);
        Lease.LeaseClient leases = new(channel);
        foreach (long id in (long[])[SharedLease, SecretLease, EmptyLease])
        {
            await leases.LeaseGrantAsync(new LeaseGrantRequest { ID = id, TTL = 6_000 });
        }

        await PutAsync(kv, Data);
        await PutAsync(kv, Leased, SharedLease);
        await PutAsync(kv, Secret, SecretLease);
        for (int cell = 0; cell < Cells; cell++)
        {
            await leases.LeaseGrantAsync(new LeaseGrantRequest { ID = CellLease(cell), TTL = 6_000 });
            await PutAsync(kv, $"leases/{cell}", CellLease(cell));
        }

        await leases.LeaseGrantAsync(new LeaseGrantRequest { ID = 104, TTL = 6_000 });
        await new Election.ElectionClient(channel).CampaignAsync(
            new CampaignRequest { Name = ByteString.CopyFromUtf8(Elected), Lease = 104, Value = ByteString.CopyFromUtf8("first") });
    }

    /// <summary>Users and roles; nobody has to say yet who they are.</summary>
    public static async Task PeopleAsync(Accounts accounts, bool havePasswords)
    {
        await accounts.AddRoleAsync("reading", Permit.Read(DataPrefix, DataEnd), Permit.Read("leases/", "leases0"));
        await accounts.AddRoleAsync("writing", Permit.Write(DataPrefix, DataEnd), Permit.Write("leases/", "leases0"));
        await accounts.AddRoleAsync("one-key", Permit.Both(Data));
        await accounts.AddRoleAsync("owning", Permit.Both(Own, "own0"));
        await accounts.AddRoleAsync("seeing", Permit.Read("\0", "\0"));
        Dictionary<string, string[]> roles = new()
        {
            ["bare"] = [],
            ["reader"] = ["reading"],
            ["writer"] = ["writing"],
            ["both"] = ["reading", "writing"],
            ["narrow"] = ["one-key"],
            ["owner"] = ["owning"],
            ["sees-all"] = ["seeing"],
            ["admin"] = [Accounts.Root],
            ["demoted"] = ["reading", "writing"],
            ["deleted"] = ["reading"],
            ["changed"] = ["reading"],
        };
        foreach (string user in Users)
        {
            await (havePasswords ? accounts.AddUserAsync(user, roles[user]) : accounts.AddUserWithoutPasswordAsync(user, roles[user]));
        }
    }

    /// <summary>What happens to users that have logged in.</summary>
    public static async Task TakeAwayAsync(Accounts accounts)
    {
        await accounts.TakeAsync("demoted", "reading");
        await accounts.TakeAsync("demoted", "writing");
        await accounts.DeleteUserAsync("deleted");
        await accounts.ChangePasswordAsync("changed", "another");
    }

    private static async Task PutAsync(KV.KVClient kv, string key, long lease = 0) => await kv.PutAsync(
        new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8("v"), Lease = lease });
}
