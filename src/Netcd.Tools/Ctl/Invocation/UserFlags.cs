using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl.Invocation;

/// <summary>The flags that say who logs in: <c>name:password</c> in the one, or the password in the other, or asked for.</summary>
internal sealed class UserFlags(TextFlag user, TextFlag password)
{
    /// <summary>Whether somebody is to be logged in.</summary>
    public bool HasUser => user.Value.Length > 0;

    /// <summary>The user and the password; both null for nobody.</summary>
    /// <param name="ask">Asks for a password.</param>
    public (string? User, string? Password) Read(Func<string> ask)
    {
        int colon = user.Value.IndexOf(':', StringComparison.Ordinal);
        return !HasUser ? (null, null)
            : password.Value.Length > 0 ? (user.Value, password.Value)
            : colon < 0 ? (user.Value, ask())
            : (user.Value[..colon], user.Value[(colon + 1)..]);
    }
}
