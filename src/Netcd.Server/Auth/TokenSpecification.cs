using Netcd.Engine.Text;

namespace Netcd.Server.Auth;

/// <summary>What <c>--auth-token</c> asks for, with the key that it names.</summary>
internal sealed class TokenSpecification
{
    private const string SignMethod = "sign-method";
    private const string PublicKey = "pub-key";
    private const string PrivateKey = "priv-key";
    private const string Ttl = "ttl";

    private static readonly string[] KnownOptions = [SignMethod, PublicKey, PrivateKey, Ttl];

    private TokenSpecification(TokenKind kind) => Kind = kind;

    public TokenKind Kind { get; }

    /// <summary>The life of a JSON Web Token.</summary>
    public TimeSpan JwtTtl { get; private init; }

    public JwtMethod? Method { get; private init; }

    public JwtKeyFiles? Keys { get; private init; }

    /// <summary>Options that mean nothing, of which etcd warns.</summary>
    public IReadOnlyList<string> UnknownOptions { get; private init; } = [];

    /// <summary>Reads <c>simple</c>, <c>jwt,sign-method=…,pub-key=…,priv-key=…,ttl=…</c>, or nothing for no tokens, and the files that
    /// it names.</summary>
    /// <exception cref="TokenOptionsException">The server cannot start with it.</exception>
    public static TokenSpecification Parse(string text)
    {
        string[] parts = text.Split(',');
        Dictionary<string, string> options = ParseOptions(text, parts.AsSpan(1));
        return parts[0] switch
        {
            "" => new TokenSpecification(TokenKind.None),
            "simple" => new TokenSpecification(TokenKind.Simple),
            "jwt" => ParseJwt(options),
            _ => throw TokenOptionsException.Invalid($"unknown token type \"{parts[0]}\""),
        };
    }

    private static Dictionary<string, string> ParseOptions(string text, ReadOnlySpan<string> parts)
    {
        Dictionary<string, string> options = new(StringComparer.Ordinal);
        foreach (string part in parts)
        {
            string[] pair = part.Split('=');
            if (pair.Length != 2)
            {
                throw TokenOptionsException.Invalid($"invalid token option \"{text}\"");
            }

            if (!options.TryAdd(pair[0], pair[1]))
            {
                throw TokenOptionsException.Invalid($"invalid token option \"{text}\": duplicate parameter \"{pair[0]}\"");
            }
        }

        return options;
    }

    private static TokenSpecification ParseJwt(Dictionary<string, string> options)
    {
        TimeSpan ttl = TimeSpan.FromMinutes(5);
        if (ValueOf(options, Ttl) is { } duration && !GoDuration.TryParse(duration, out ttl))
        {
            throw TokenOptionsException.Invalid($"time: invalid duration \"{duration}\"");
        }

        string name = ValueOf(options, SignMethod) ?? "";
        if (name == "none")
        {
            throw new TokenOptionsException("unsupported signing method: *jwt.signingMethodNone");
        }

        JwtMethod method = JwtMethod.Find(name) ?? throw TokenOptionsException.Invalid("auth: invalid auth signature method");
        return new TokenSpecification(TokenKind.Jwt)
        {
            JwtTtl = ttl,
            Method = method,
            Keys = new JwtKeyFiles(method, ValueOf(options, PublicKey), ValueOf(options, PrivateKey)),
            UnknownOptions = [.. options.Keys.Except(KnownOptions)],
        };
    }

    private static string? ValueOf(Dictionary<string, string> options, string name) =>
        options.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
}
