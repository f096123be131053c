using Netcd.Protocol.Errors;

namespace Netcd.Server.Auth;

/// <summary>Whose token it is, and as of which revision of users and roles it counts.</summary>
internal readonly record struct TokenIdentity(string User, ulong Revision);

/// <summary>Tokens that a client receives for its password and sends with each call (<c>--auth-token</c>). All methods can be called from
/// any thread.</summary>
internal interface ITokenProvider : IDisposable
{
    /// <summary>Whether this member can issue tokens, rather than check those of other members or of another issuer only.</summary>
    bool IsIssuing { get; }

    /// <summary>A random beginning for a token, which goes through the log so that each member makes the same token of it; null where
    /// tokens need none.</summary>
    string? NewPrefix();

    /// <summary>The token for a user whose password was right.</summary>
    /// <param name="user">The user.</param>
    /// <param name="revision">The revision of users and roles.</param>
    /// <param name="prefixedToken">The prefix and the index of the log's entry with a dot between them; null where tokens have no
    /// prefix.</param>
    /// <exception cref="EtcdException">This member cannot issue tokens; the error is for the client.</exception>
    string Issue(string user, ulong revision, string? prefixedToken);

    /// <summary>Whose token it is; false for one that is unknown, forged or expired. For each call of a client: it allocates nothing for a
    /// token that was seen before.</summary>
    bool TryIdentify(string token, ulong currentRevision, out TokenIdentity identity);

    /// <summary>Makes a token valid on this member. Called where entries of the log are applied: it waits for nothing.</summary>
    void Assign(string token, string user);

    /// <summary>Ends all tokens of a user, as far as they are of a kind that can be ended.</summary>
    void InvalidateUser(string user);

    /// <summary>Ends all tokens, as far as they are of a kind that can be ended.</summary>
    void Clear();
}
