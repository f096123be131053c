using System.Collections.Immutable;

namespace Netcd.Engine.Auth;

/// <summary>
/// From which revision of users and roles on a user has the password that it has. The file does not say: of users that it brought
/// nothing older than it is known.
/// </summary>
internal sealed class PasswordAges
{
    private readonly ulong known;
    private readonly ImmutableDictionary<string, ulong> since;

    private PasswordAges(ulong known, ImmutableDictionary<string, ulong> since) => (this.known, this.since) = (known, since);

    /// <summary>All that is known is of a revision.</summary>
    public static PasswordAges AllOf(ulong revision) => new(revision, ImmutableDictionary.Create<string, ulong>(StringComparer.Ordinal));

    /// <summary>A user got a password at a revision.</summary>
    public PasswordAges With(string user, ulong revision) => new(known, since.SetItem(user, revision));

    /// <summary>A user is gone; one that comes again under the name has a password of its own.</summary>
    public PasswordAges Without(string user) => new(known, since.Remove(user));

    /// <summary>Since when the user's password is what it is, as far as is known.</summary>
    public ulong Of(string user) => since.GetValueOrDefault(user, known);
}
