namespace Netcd.Engine.Auth;

/// <summary>
/// What becomes of log-ins, for who keeps tokens. Called by the apply stage in the order of the log: implementations note it and return.
/// </summary>
public interface IAuthEvents
{
    /// <summary>A user has logged in, on whatever member: this token stands for it from now on.</summary>
    /// <param name="token">The token: a random prefix, a dot, and the index of the entry.</param>
    /// <param name="user">The user.</param>
    void LoggedIn(string token, string user);

    /// <summary>A user was deleted, or has another password: its tokens are no longer worth anything.</summary>
    void Invalidated(string user);

    /// <summary>Nobody has to log in any more: no token is worth anything.</summary>
    void Disabled();

    /// <summary>The hash of a password that stands in the log in clear, as members before etcd 3.5 wrote it.</summary>
    byte[] Hash(string password);
}

/// <summary>For a member that serves no clients.</summary>
public sealed class NoAuthEvents : IAuthEvents
{
    /// <summary>The only one.</summary>
    public static NoAuthEvents Instance { get; } = new();

    /// <inheritdoc/>
    public void LoggedIn(string token, string user)
    {
    }

    /// <inheritdoc/>
    public void Invalidated(string user)
    {
    }

    /// <inheritdoc/>
    public void Disabled()
    {
    }

    /// <inheritdoc/>
    public byte[] Hash(string password) => throw new NotSupportedException("this member hashes no passwords");
}
