namespace Netcd.Engine.Auth;

/// <summary>Who makes a request, as the log's entries carry it.</summary>
/// <param name="User">The user's name; empty for nobody.</param>
/// <param name="Revision">The revision of users and roles at which it was found out who that is; 0 for nobody.</param>
public readonly record struct AuthIdentity(string User, ulong Revision)
{
    /// <summary>The user and the role that may do everything.</summary>
    public const string Root = "root";

    /// <summary>A request without a user.</summary>
    public static AuthIdentity None { get; } = new("", 0);

    /// <summary>Whether there is a user.</summary>
    public bool IsKnown => Revision != 0;
}
