using Netcd.Engine.Auth;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Members;

/// <summary>The tokens that a member knows in one life, as a server keeps them: all that it knows of log-ins the engine reports.</summary>
internal sealed class SimulatedTokens(string name, Func<AuthTable> users) : IAuthEvents
{
    private readonly Dictionary<string, (string User, byte[] Password)> tokens = [];

    /// <summary>Whose token it is; null where it is not known.</summary>
    public string? Find(string token)
    {
        if (!tokens.TryGetValue(token, out (string User, byte[] Password) known))
        {
            return null;
        }

        // Whoever takes a right away must be able to rely on it: the member has applied it.
        if (users().CredentialsOf(known.User) is not { } now || !now.PasswordHash.Span.SequenceEqual(known.Password))
        {
            throw new ViolationException("tokens", $"{name} knows a token of {known.User}, who was deleted or has another password");
        }

        return known.User;
    }

    /// <inheritdoc/>
    public void LoggedIn(string token, string user) => tokens[token] = (user, users().CredentialsOf(user)!.Value.PasswordHash.ToArray());

    /// <inheritdoc/>
    public void Invalidated(string user)
    {
        foreach (string token in tokens.Where(token => token.Value.User == user).Select(static token => token.Key).ToArray())
        {
            tokens.Remove(token);
        }
    }

    /// <inheritdoc/>
    public void Disabled() => tokens.Clear();

    /// <inheritdoc/>
    public byte[] Hash(string password) => throw new NotSupportedException("no member of these clusters writes passwords in clear");
}
