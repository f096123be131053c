using Microsoft.Extensions.Logging;

namespace Netcd.Server.Auth;

/// <summary>Tokens of the kind that is asked for.</summary>
internal static class TokenProviders
{
    /// <param name="specification">What is asked for.</param>
    /// <param name="simpleTtl">The life of a simple token that is not used: <c>--auth-token-ttl</c>.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">The log.</param>
    public static ITokenProvider Create(TokenSpecification specification, TimeSpan simpleTtl, TimeProvider clock, ILogger log)
    {
        switch (specification.Kind)
        {
            case TokenKind.Simple:
                log.SimpleTokensAreNotSigned();
                return new SimpleTokens(simpleTtl, clock);
            case TokenKind.Jwt:
                if (specification.UnknownOptions.Count > 0)
                {
                    log.UnknownJwtOptions(specification.UnknownOptions);
                }

                return new JwtTokens(specification.Method!, specification.Keys!, specification.JwtTtl, clock, log);
            default:
                return new NoTokens();
        }
    }
}
