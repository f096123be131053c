using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Netcd.Server.Auth;

/// <summary>
/// Keys of JSON Web Tokens out of PEM files: the first block of the file counts, whatever its label says, as in etcd; the errors are
/// etcd's where they do not quote the parser.
/// </summary>
internal static class PemKeys
{
    private const string NotPem = "invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key";
    private const string NotPrivate = "x509: failed to parse private key";
    private const string NotPublic = "x509: malformed tbs certificate";
    private const string Mismatch = "auth: public and private keys don't match";
    private const string Ed25519Algorithm = "1.3.101.112";

    public static JwtKey Rsa(JwtMethod method, byte[]? publicPem, byte[]? privatePem)
    {
        RSAParameters? privateKey = privatePem is null ? null : RsaPrivate(Block(privatePem));
        RSAParameters? publicKey = publicPem is null ? null : RsaPublic(Block(publicPem));

        // etcd takes both for a pair where either number is the same.
        if (privateKey is { } mine && publicKey is { } theirs
            && !mine.Exponent.AsSpan().SequenceEqual(theirs.Exponent) && !mine.Modulus.AsSpan().SequenceEqual(theirs.Modulus))
        {
            throw new TokenOptionsException(Mismatch);
        }

        return new RsaJwtKey(method, privateKey ?? publicKey ?? throw Missing());
    }

    public static JwtKey Ecdsa(JwtMethod method, byte[]? publicPem, byte[]? privatePem)
    {
        (ECParameters Key, int Bits)? privateKey = privatePem is null ? null : EcdsaPrivate(Block(privatePem));
        (ECParameters Key, int Bits)? publicKey = publicPem is null ? null : EcdsaPublic(Block(publicPem));

        // etcd takes both for a pair where the curve is the same.
        if (privateKey is { } mine && publicKey is { } theirs && mine.Bits != theirs.Bits)
        {
            throw new TokenOptionsException(Mismatch);
        }

        (ECParameters key, int bits) = privateKey ?? publicKey ?? throw Missing();
        return new EcdsaJwtKey(method, key, bits);
    }

    public static JwtKey Ed25519(byte[]? publicPem, byte[]? privatePem)
    {
        byte[]? seed = privatePem is null ? null : Ed25519Private(Block(privatePem));
        byte[]? publicKey = publicPem is null ? null : Ed25519Public(Block(publicPem));
        if (seed is null)
        {
            return new Ed25519JwtKey(publicKey ?? throw Missing(), seed: null);
        }

        Ed25519JwtKey pair = new(publicKey: null, seed);
        if (publicKey is null)
        {
            return pair;
        }

        byte[] sample = "pair"u8.ToArray();
        return new Ed25519JwtKey(publicKey, seed: null).IsSignedBy(sample, pair.Sign(sample))
            ? pair
            : throw new TokenOptionsException(Mismatch);
    }

    public static TokenOptionsException Missing() => new("auth: missing key data");

    private static byte[] Block(byte[] pem)
    {
        string text = Encoding.Latin1.GetString(pem);
        try
        {
            if (PemEncoding.TryFind(text, out PemFields fields))
            {
                return Convert.FromBase64String(text[fields.Base64Data]);
            }
        }
        catch (FormatException)
        {
            // It only looks like a block.
        }

        throw new TokenOptionsException(NotPem);
    }

    private static RSAParameters RsaPrivate(byte[] der)
    {
        using RSA rsa = RSA.Create();
        if (Imports(() => rsa.ImportRSAPrivateKey(der, out _)) || Imports(() => rsa.ImportPkcs8PrivateKey(der, out _)))
        {
            return rsa.ExportParameters(includePrivateParameters: true);
        }

        using ECDsa other = ECDsa.Create();
        throw new TokenOptionsException(
            AlgorithmOfPkcs8(der) is not null ? "key is not a valid RSA private key"
            : Imports(() => other.ImportECPrivateKey(der, out _)) ? NotPrivate + " (use ParseECPrivateKey instead for this key format)"
            : NotPrivate);
    }

    private static RSAParameters RsaPublic(byte[] der)
    {
        PublicKey key = PublicOf(der);
        using RSA rsa = Find(key.GetRSAPublicKey) ?? throw new TokenOptionsException("key is not a valid RSA public key");
        return rsa.ExportParameters(includePrivateParameters: false);
    }

    private static (ECParameters Key, int Bits) EcdsaPrivate(byte[] der)
    {
        using ECDsa ecdsa = ECDsa.Create();
        if (Imports(() => ecdsa.ImportECPrivateKey(der, out _)) || Imports(() => ecdsa.ImportPkcs8PrivateKey(der, out _)))
        {
            return (ecdsa.ExportParameters(includePrivateParameters: true), ecdsa.KeySize);
        }

        using RSA other = RSA.Create();
        throw new TokenOptionsException(
            AlgorithmOfPkcs8(der) is not null ? "key is not a valid ECDSA private key"
            : Imports(() => other.ImportRSAPrivateKey(der, out _))
                ? NotPrivate + " (use ParsePKCS1PrivateKey instead for this key format)"
                : NotPrivate);
    }

    private static (ECParameters Key, int Bits) EcdsaPublic(byte[] der)
    {
        PublicKey key = PublicOf(der);
        using ECDsa ecdsa = Find(key.GetECDsaPublicKey) ?? throw new TokenOptionsException("key is not a valid ECDSA public key");
        return (ecdsa.ExportParameters(includePrivateParameters: false), ecdsa.KeySize);
    }

    private static byte[] Ed25519Private(byte[] der)
    {
        try
        {
            return AlgorithmOfPkcs8(der) switch
            {
                Ed25519Algorithm => Ed25519Seed(der),
                null => throw new TokenOptionsException(NotPrivate),
                _ => throw new TokenOptionsException("key is not a valid Ed25519 private key"),
            };
        }
        catch (AsnContentException)
        {
            throw new TokenOptionsException(NotPrivate);
        }
    }

    /// <summary>The private key of RFC 8410: 32 bytes, as a string of octets inside the field that is one itself.</summary>
    private static byte[] Ed25519Seed(byte[] der)
    {
        AsnReader key = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        _ = key.ReadInteger();
        _ = key.ReadSequence();
        byte[] seed = new AsnReader(key.ReadOctetString(), AsnEncodingRules.DER).ReadOctetString();
        return seed.Length == Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.SecretKeySize ? seed : throw new TokenOptionsException(NotPrivate);
    }

    private static byte[] Ed25519Public(byte[] der)
    {
        PublicKey key = PublicOf(der);
        byte[] found = key.EncodedKeyValue.RawData;
        return key.Oid.Value == Ed25519Algorithm && found.Length == Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.PublicKeySize
            ? found
            : throw new TokenOptionsException("key is not a valid Ed25519 public key");
    }

    /// <summary>The algorithm that a PKCS #8 key is for; null where it is not such a key.</summary>
    private static string? AlgorithmOfPkcs8(byte[] der)
    {
        try
        {
            AsnReader key = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            _ = key.ReadInteger();
            return key.ReadSequence().ReadObjectIdentifier();
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>A public key, or that of a certificate.</summary>
    private static PublicKey PublicOf(byte[] der)
    {
        try
        {
            return PublicKey.CreateFromSubjectPublicKeyInfo(der, out _);
        }
        catch (CryptographicException)
        {
            // The other form, then.
        }

        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.PublicKey;
        }
        catch (CryptographicException)
        {
            throw new TokenOptionsException(NotPublic);
        }
    }

    private static T? Find<T>(Func<T?> find)
        where T : class
    {
        try
        {
            return find();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool Imports(Action import)
    {
        try
        {
            import();
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
