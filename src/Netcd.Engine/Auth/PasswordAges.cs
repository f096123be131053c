using System.Collections.Immutable;

namespace Netcd.Engine.Auth;

/// <summary>
/// From which revision of users and roles on a user has the password that it has, or is gone. The file does not say: of users that it
/// brought nothing older than it is known.
/// </summary>
/// <remarks>
/// Names of users that are gone are kept too, so their number has a bound: beyond it no password counts as older than that change.
/// </remarks>
internal sealed class PasswordAges
{
    private const int MaxNames = 10_000;

    private readonly ulong known;
    private readonly ImmutableDictionary<string, ulong> since;

    private PasswordAges(ulong known, ImmutableDictionary<string, ulong> since) => (this.known, this.since) = (known, since);

    /// <summary>All that is known is of a revision.</summary>
    public static PasswordAges AllOf(ulong revision) => new(revision, ImmutableDictionary.Create<string, ulong>(StringComparer.Ordinal));

    /// <summary>A user got a password at a revision, or was deleted.</summary>
    public PasswordAges With(string user, ulong revision) =>
        since.Count < MaxNames ? new PasswordAges(known, since.SetItem(user, revision)) : AllOf(revision);

    /// <summary>Since when the user's password is what it is, as far as is known.</summary>
    public ulong Of(string user) => since.GetValueOrDefault(user, known);
}
