using System.Security.Cryptography;

namespace Netcd.Server.Auth;

/// <summary>The families of ways to sign a JSON Web Token.</summary>
internal enum JwtFamily
{
    /// <summary>RSA with the padding of PKCS #1.</summary>
    Rsa,

    /// <summary>RSA with PSS.</summary>
    RsaPss,

    /// <summary>ECDSA on a curve of NIST.</summary>
    Ecdsa,

    /// <summary>A secret that issuer and verifier share.</summary>
    Hmac,

    /// <summary>EdDSA with Ed25519.</summary>
    Ed25519,
}

/// <summary>A way to sign a JSON Web Token, by its name in RFC 7518 and RFC 8037.</summary>
/// <param name="Name">The name: the token's <c>alg</c>.</param>
/// <param name="Family">The kind of key and signature.</param>
/// <param name="Hash">What is signed is the hash of the token.</param>
/// <param name="CurveBits">Of the curve; 0 where there is none.</param>
internal sealed record JwtMethod(string Name, JwtFamily Family, HashAlgorithmName Hash, int CurveBits = 0)
{
    private static readonly JwtMethod[] All =
    [
        new("RS256", JwtFamily.Rsa, HashAlgorithmName.SHA256),
        new("RS384", JwtFamily.Rsa, HashAlgorithmName.SHA384),
        new("RS512", JwtFamily.Rsa, HashAlgorithmName.SHA512),
        new("PS256", JwtFamily.RsaPss, HashAlgorithmName.SHA256),
        new("PS384", JwtFamily.RsaPss, HashAlgorithmName.SHA384),
        new("PS512", JwtFamily.RsaPss, HashAlgorithmName.SHA512),
        new("ES256", JwtFamily.Ecdsa, HashAlgorithmName.SHA256, 256),
        new("ES384", JwtFamily.Ecdsa, HashAlgorithmName.SHA384, 384),
        new("ES512", JwtFamily.Ecdsa, HashAlgorithmName.SHA512, 521),
        new("HS256", JwtFamily.Hmac, HashAlgorithmName.SHA256),
        new("HS384", JwtFamily.Hmac, HashAlgorithmName.SHA384),
        new("HS512", JwtFamily.Hmac, HashAlgorithmName.SHA512),
        new("EdDSA", JwtFamily.Ed25519, HashAlgorithmName.SHA512),
    ];

    /// <summary>Finds a method by its name, in which case counts; null where there is none.</summary>
    public static JwtMethod? Find(string name) => Array.Find(All, method => method.Name == name);
}
