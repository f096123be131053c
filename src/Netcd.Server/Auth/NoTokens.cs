using Netcd.Protocol.Errors;

namespace Netcd.Server.Auth;

/// <summary>No tokens at all (<c>--auth-token ''</c>): nobody can log in; certificates still name their users.</summary>
internal sealed class NoTokens : ITokenProvider
{
    /// <inheritdoc/>
    public bool IsIssuing => false;

    /// <inheritdoc/>
    public string? NewPrefix() => null;

    /// <inheritdoc/>
    public string Issue(string user, ulong revision, string? prefixedToken) => throw EtcdErrors.AuthenticationFailed.ToException();

    /// <inheritdoc/>
    public bool TryIdentify(string token, ulong currentRevision, out TokenIdentity identity)
    {
        identity = default;
        return false;
    }

    /// <inheritdoc/>
    public void Assign(string token, string user)
    {
    }

    /// <inheritdoc/>
    public void InvalidateUser(string user)
    {
    }

    /// <inheritdoc/>
    public void Clear()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
