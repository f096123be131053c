using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Server.Auth;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace Netcd.Server.Tests.Auth;

/// <summary>Keys in files for each way to sign, and tokens of any text signed with them.</summary>
internal sealed class JwtFixture : IDisposable
{
    /// <summary>Keys of RSA take long to make: all tests share some, and a fixture gives each once before it gives one again.</summary>
    private static readonly Lazy<RSA[]> RsaKeys = new(static () => [.. Enumerable.Range(0, 3).Select(static _ => RSA.Create(2_048))]);

    private readonly TemporaryFolder folder = new();
    private int files;
    private int rsaKeys;

    /// <summary>All methods.</summary>
    public static TheoryData<string> Methods { get; } =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "EdDSA"];

    public string Write(string content)
    {
        string path = folder.At($"key{files++}.pem");
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>The files of a new key; that of the public one is null for a secret.</summary>
    public (string? Public, string Private) NewKey(string method)
    {
        switch (method[..2])
        {
            case "RS" or "PS":
                RSA rsa = RsaKeys.Value[rsaKeys++ % RsaKeys.Value.Length];
                return (Write(rsa.ExportSubjectPublicKeyInfoPem()), Write(rsa.ExportPkcs8PrivateKeyPem()));

            case "ES":
                using (ECDsa ecdsa = ECDsa.Create(Curve(method)))
                {
                    return (Write(ecdsa.ExportSubjectPublicKeyInfoPem()), Write(ecdsa.ExportECPrivateKeyPem()));
                }

            case "HS":
                return (null, Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)) + "\n"));
            default:
                Ed25519PrivateKeyParameters key = new(new SecureRandom());
                byte[] publicKey = SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(key.GeneratePublicKey()).GetDerEncoded();
                return (
                    Write(Pem("PUBLIC KEY", publicKey)),
                    Write(Pem("PRIVATE KEY", PrivateKeyInfoFactory.CreatePrivateKeyInfo(key).GetDerEncoded())));
        }
    }

    public static string Option(string method, string? publicKey, string? privateKey) =>
        $"jwt,sign-method={method}"
        + (publicKey is null ? "" : $",pub-key={publicKey}")
        + (privateKey is null ? "" : $",priv-key={privateKey}");

    public static ITokenProvider Create(string option, TimeProvider clock) =>
        TokenProviders.Create(TokenSpecification.Parse(option), TimeSpan.Zero, clock, NullLogger.Instance);

    /// <summary>A token of any text with a right signature.</summary>
    public static string Sign(string privateKey, string header, string claims, string method)
    {
        JwtMethod found = JwtMethod.Find(method)!;
        string signed = $"{Encode(header)}.{Encode(claims)}";
        byte[] signature = new JwtKeyFiles(found, null, privateKey).Key.Sign(Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public void Dispose() => folder.Dispose();

    private static ECCurve Curve(string method) => method switch
    {
        "ES256" => ECCurve.NamedCurves.nistP256,
        "ES384" => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    };

    private static string Pem(string label, byte[] der) => PemEncoding.WriteString(label, der) + "\n";
}
