using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Server.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary><c>--auth-token</c>: what is taken, and with what etcd ends where it is not.</summary>
public sealed class TokenSpecificationTests : IDisposable
{
    private const string Invalid = "auth: invalid auth options";
    private const string NotPem = "invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key";
    private const string Missing = "auth: missing key data";
    private const string NotPrivate = "x509: failed to parse private key";
    private const string Malformed = "x509: malformed tbs certificate";

    private static readonly Dictionary<string, string> Files = MakeFiles();

    private readonly TemporaryFolder folder = new();

    public TokenSpecificationTests()
    {
        foreach ((string name, string content) in Files)
        {
            File.WriteAllText(folder.At(name), content);
        }
    }

    public static TheoryData<string> Accepted { get; } =
    [
        "", ",a=b", "simple", "simple,x=1", "jwt,sign-method=RS256,priv-key=rsa", "jwt,sign-method=RS256,priv-key=rsa1,pub-key=rsapub",
        "jwt,sign-method=PS256,pub-key=rsapub", "jwt,sign-method=RS256,pub-key=crt", "jwt,sign-method=RS256,priv-key=rsa,pub-key=otherpub",
        "jwt,sign-method=ES256,priv-key=ec", "jwt,sign-method=ES256,priv-key=ec8,pub-key=ecpub", "jwt,sign-method=ES256,pub-key=widepub",
        "jwt,sign-method=RS256,priv-key=relabelled",
        "jwt,sign-method=HS256,priv-key=hmac,foo=1", "jwt,sign-method=HS256,priv-key=hmac,ttl=-5m",
        "jwt,sign-method=HS256,priv-key=hmac,ttl=0",
        "jwt,sign-method=HS256,priv-key=hmac,ttl=,pub-key=", "jwt,ttl=1h2m,priv-key=hmac,sign-method=HS256",
    ];

    /// <summary>The errors are those of etcd 3.5.30.</summary>
    public static TheoryData<string, string> Refused { get; } = new()
    {
        { "simple,x", Invalid },
        { "simple,x=1=2", Invalid },
        { "simple,x=1,x=2", Invalid },
        { "simple,", Invalid },
        { "Simple", Invalid },
        { "bogus", Invalid },
        { "jwt", Invalid },
        { "jwt,", Invalid },
        { "jwt,sign-method=RS999,priv-key=rsa", Invalid },
        { "jwt,sign-method=rs256,priv-key=rsa", Invalid },
        { "jwt,sign-method=HS256,priv-key=missing", Invalid },
        { "jwt,sign-method=HS256,priv-key=.", Invalid },
        { "jwt,sign-method=RS256,priv-key=rsa,pub-key=missing", Invalid },
        { "jwt,sign-method=HS256,priv-key=hmac,ttl=5", Invalid },
        { "jwt,sign-method=HS256,priv-key=hmac,ttl=x", Invalid },
        { "jwt,sign-method=none,priv-key=rsa", "unsupported signing method: *jwt.signingMethodNone" },
        { "jwt,sign-method=RS256", Missing },
        { "jwt,sign-method=ES256,priv-key=", Missing },
        { "jwt,sign-method=HS256,pub-key=hmac", Missing },
        { "jwt,sign-method=RS256,priv-key=empty", Missing },
        { "jwt,sign-method=RS256,priv-key=garbage", NotPem },
        { "jwt,sign-method=RS256,pub-key=garbage", NotPem },
        { "jwt,sign-method=ES256,priv-key=garbage", NotPem },
        { "jwt,sign-method=ES256,pub-key=garbage", NotPem },
        { "jwt,sign-method=RS256,priv-key=ec", NotPrivate + " (use ParseECPrivateKey instead for this key format)" },
        { "jwt,sign-method=ES256,priv-key=rsa1", NotPrivate + " (use ParsePKCS1PrivateKey instead for this key format)" },
        { "jwt,sign-method=RS256,priv-key=ec8", "key is not a valid RSA private key" },
        { "jwt,sign-method=ES256,priv-key=rsa", "key is not a valid ECDSA private key" },
        { "jwt,sign-method=RS256,pub-key=ecpub", "key is not a valid RSA public key" },
        { "jwt,sign-method=ES256,pub-key=rsapub", "key is not a valid ECDSA public key" },
        { "jwt,sign-method=ES256,pub-key=crt", "key is not a valid ECDSA public key" },
        { "jwt,sign-method=RS256,pub-key=rsa", Malformed },
        { "jwt,sign-method=RS256,pub-key=rsapub1", Malformed },
        { "jwt,sign-method=ES256,priv-key=ec,pub-key=widepub", "auth: public and private keys don't match" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void What_etcd_starts_with_is_taken(string text)
    {
        using ITokenProvider tokens =
            TokenProviders.Create(TokenSpecification.Parse(InFolder(text)), TimeSpan.Zero, TimeProvider.System, NullLogger.Instance);
        Type expected = text.StartsWith("jwt", StringComparison.Ordinal) ? typeof(JwtTokens)
            : text.StartsWith("simple", StringComparison.Ordinal) ? typeof(SimpleTokens)
            : typeof(NoTokens);
        Assert.IsType(expected, tokens);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_etcd_ends_over_is_refused_with_its_error(string text, string error)
    {
        TokenOptionsException failure = Assert.Throws<TokenOptionsException>(() => TokenSpecification.Parse(InFolder(text)));
        Assert.Equal(error, failure.Message);
        Assert.NotEqual("", failure.Reason);
    }

    [Fact]
    public async Task The_errors_are_etcd_s()
    {
        string program = await EtcdPrograms.EtcdAsync();
        await Parallel.ForEachAsync(
            Refused.Select(static row => row.Data).Index().Where(static row => row.Index % 4 == 2),
            new ParallelOptions { MaxDegreeOfParallelism = 3 },
            async (row, _) =>
            {
                (string text, string error) = row.Item;
                Assert.Equal((text, error), (text, await ErrorOfEtcdAsync(program, text)));
            });
    }

    [Fact]
    public void Options_that_mean_nothing_and_unsigned_tokens_are_warned_of()
    {
        EventList log = new();
        TokenProviders.Create(TokenSpecification.Parse("simple"), TimeSpan.Zero, TimeProvider.System, log).Dispose();
        TokenSpecification jwt = TokenSpecification.Parse(InFolder("jwt,sign-method=HS256,priv-key=hmac,foo=1,bar=2"));
        TokenProviders.Create(jwt, TimeSpan.Zero, TimeProvider.System, log).Dispose();
        Assert.Equal(["simple token is not cryptographically signed", "unknown JWT options"], log.Messages);
        Assert.Equal(["foo", "bar"], jwt.UnknownOptions);
    }

    [Fact]
    public void Ed25519_needs_a_pair_that_is_one()
    {
        using JwtFixture fixture = new();
        (string? publicKey, string privateKey) = fixture.NewKey("EdDSA");
        (string? otherPublic, _) = fixture.NewKey("EdDSA");
        Assert.True(TokenSpecification.Parse(JwtFixture.Option("EdDSA", publicKey, privateKey)).Keys!.Key.CanSign);
        Assert.Equal("auth: public and private keys don't match", ErrorOf(JwtFixture.Option("EdDSA", otherPublic, privateKey)));
        Assert.Equal("key is not a valid Ed25519 private key", ErrorOf(InFolder("jwt,sign-method=EdDSA,priv-key=rsa")));
        Assert.Equal("key is not a valid Ed25519 public key", ErrorOf(InFolder("jwt,sign-method=EdDSA,pub-key=rsapub")));
        Assert.Equal(NotPrivate, ErrorOf(InFolder("jwt,sign-method=EdDSA,priv-key=rsapub")));
        Assert.Equal(Missing, ErrorOf("jwt,sign-method=EdDSA"));
    }

    public void Dispose() => folder.Dispose();

    private static string ErrorOf(string option) =>
        Assert.Throws<TokenOptionsException>(() => TokenSpecification.Parse(option)).Message;

    private async Task<string> ErrorOfEtcdAsync(string program, string text)
    {
        string peers = $"http://127.0.0.1:{FreePort.Next()}";
        string clients = $"http://127.0.0.1:{FreePort.Next()}";
        CommandResult result = await Command.RunAsync(
            program,
            "--data-dir", folder.At($"data{Guid.NewGuid():n}"), "--listen-client-urls", clients, "--advertise-client-urls", clients,
            "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", $"default={peers}",
            "--auth-token", InFolder(text));
        Assert.Equal(1, result.ExitCode);
        IEnumerable<string> lines = result.Errors.Split('\n').Where(
            static line => line.Contains("failed to create token provider", StringComparison.Ordinal));
        return JsonDocument.Parse(lines.Single()).RootElement.GetProperty("error").GetString()!;
    }

    /// <summary>Names of files as paths.</summary>
    private string InFolder(string text) => string.Join(',', text.Split(',').Select(
        part => part.Split('=') is [("pub-key" or "priv-key") and string name, { Length: > 0 } file] ? $"{name}={folder.At(file)}" : part));

    private static Dictionary<string, string> MakeFiles()
    {
        using RSA rsa = RSA.Create(2_048);
        using RSA other = RSA.Create(2_048);
        using ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa wide = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        CertificateRequest request = new("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        return new Dictionary<string, string>
        {
            ["rsa"] = rsa.ExportPkcs8PrivateKeyPem(),
            ["rsa1"] = rsa.ExportRSAPrivateKeyPem(),
            ["rsapub"] = rsa.ExportSubjectPublicKeyInfoPem(),
            ["rsapub1"] = rsa.ExportRSAPublicKeyPem(),
            ["otherpub"] = other.ExportSubjectPublicKeyInfoPem(),
            ["crt"] = certificate.ExportCertificatePem(),
            ["ec"] = ecdsa.ExportECPrivateKeyPem(),
            ["ec8"] = ecdsa.ExportPkcs8PrivateKeyPem(),
            ["ecpub"] = ecdsa.ExportSubjectPublicKeyInfoPem(),
            ["widepub"] = wide.ExportSubjectPublicKeyInfoPem(),
            ["relabelled"] = rsa.ExportPkcs8PrivateKeyPem().Replace("PRIVATE KEY", "SOMETHING ELSE", StringComparison.Ordinal),
            ["hmac"] = "secret",
            ["garbage"] = "no key",
            ["empty"] = "",
        };
    }
}
