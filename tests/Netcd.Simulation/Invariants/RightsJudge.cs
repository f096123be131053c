using Google.Protobuf;
using Netcd.Engine.Auth;
using Netcd.Protocol.V3;
using Netcd.Simulation.Members;
using Netcd.Simulation.Model;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// Nobody sees what was written after a right was taken away, and all members have the same users and roles in the end. What writes may
/// and may not be done the model of the log says.
/// </summary>
internal sealed class RightsJudge(ModelOracle model)
{
    private const string Name = "rights";

    /// <summary>Events and records that were looked at.</summary>
    public int Looks { get; private set; }

    /// <summary>A user was sent an event.</summary>
    public void Saw(string user, Event seen)
    {
        Looks++;
        if (!model.Users.CouldRead(user, new RangeRequest { Key = seen.Kv.Key }, seen.Kv.ModRevision))
        {
            string key = seen.Kv.Key.ToStringUtf8();
            throw new ViolationException(Name, $"{user} was sent {key} at {seen.Kv.ModRevision} without a right to it");
        }
    }

    /// <summary>A user was answered a range.</summary>
    public void Saw(string user, RangeRequest request, long revision)
    {
        Looks++;
        if (!model.Users.CouldRead(user, request, revision))
        {
            throw new ViolationException(Name, $"{user} was answered {request} at {revision} without a right to it");
        }
    }

    /// <summary>A member that has applied all that is committed.</summary>
    public void CheckTable(SimulatedMember member)
    {
        AuthTable table = member.Node!.Auth;
        NaiveAuth expected = model.Users.Now;
        string[] faults =
        [
            .. Unless((table.IsEnabled, table.Revision) == (expected.IsEnabled, expected.Revision), $"{table.IsEnabled} {table.Revision}"),
            .. Unless(AreEqual(table.UserNames, expected.Users.Keys), "users"),
            .. expected.Users.Where(user => table.RolesOf(user.Key)?.SequenceEqual(user.Value) != true).Select(static user => user.Key),
            .. expected.Passwords.Where(user => !IsPassword(table, user.Key, user.Value)).Select(static user => user.Key),
            .. Unless(AreEqual(table.RoleNames, expected.Roles.Keys), "roles"),
            .. expected.Roles.Where(role => !IsRole(table, role.Key, role.Value)).Select(static role => role.Key),
        ];
        if (faults.Length > 0)
        {
            throw new ViolationException(Name, $"{member.Name} has other users and roles than the log says: {string.Join(", ", faults)}");
        }
    }

    private static string[] Unless(bool isRight, string fault) => isRight ? [] : [fault];

    private static bool AreEqual(IEnumerable<string> names, IEnumerable<string> expected) =>
        names.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal));

    private static bool IsPassword(AuthTable table, string user, string hash) =>
        table.CredentialsOf(user) is { } stored && ByteString.CopyFrom(stored.PasswordHash.Span) == ByteString.FromBase64(hash);

    private static bool IsRole(AuthTable table, string role, List<(string Key, string End, Permission.Types.Type Type)> permissions) =>
        table.PermissionsOf(role) is { } stored && stored.Count == permissions.Count
        && permissions.TrueForAll(one => stored.Any(
            other => other.Key.ToStringUtf8() == one.Key && other.RangeEnd.ToStringUtf8() == one.End && other.PermType == one.Type));
}
