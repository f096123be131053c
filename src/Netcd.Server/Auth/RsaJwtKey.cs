using System.Security.Cryptography;

namespace Netcd.Server.Auth;

/// <summary>RSA, with the padding of PKCS #1 or with PSS.</summary>
internal sealed class RsaJwtKey : JwtKey
{
    private readonly KeyPool<RSA> keys;
    private readonly HashAlgorithmName hash;
    private readonly RSASignaturePadding padding;

    public RsaJwtKey(JwtMethod method, RSAParameters key)
    {
        keys = new KeyPool<RSA>(() => RSA.Create(key));
        hash = method.Hash;
        padding = method.Family == JwtFamily.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        CanSign = key.D is not null;
    }

    /// <inheritdoc/>
    public override bool CanSign { get; }

    /// <inheritdoc/>
    public override byte[] Sign(ReadOnlySpan<byte> data)
    {
        RSA key = keys.Take();
        try
        {
            return key.SignData(data, hash, padding);
        }
        catch (CryptographicException)
        {
            throw AuthErrors.RsaKeyTooSmall.ToException();
        }
        finally
        {
            keys.Return(key);
        }
    }

    /// <inheritdoc/>
    public override bool IsSignedBy(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        RSA key = keys.Take();
        try
        {
            return key.VerifyData(data, signature, hash, padding);
        }
        catch (CryptographicException)
        {
            return false;
        }
        finally
        {
            keys.Return(key);
        }
    }
}
