namespace Netcd.Server.Auth;

/// <summary>The kinds of tokens.</summary>
internal enum TokenKind
{
    /// <summary>There are none.</summary>
    None,

    /// <summary><see cref="SimpleTokens"/>.</summary>
    Simple,

    /// <summary><see cref="JwtTokens"/>.</summary>
    Jwt,
}
