using System.Security.Cryptography;

namespace Netcd.Server.Auth;

/// <summary>ECDSA: the signature is the two numbers side by side, each as long as the curve's.</summary>
internal sealed class EcdsaJwtKey : JwtKey
{
    private readonly KeyPool<ECDsa> keys;
    private readonly HashAlgorithmName hash;
    private readonly bool isOnCurve;

    public EcdsaJwtKey(JwtMethod method, ECParameters key, int curveBits)
    {
        keys = new KeyPool<ECDsa>(() => ECDsa.Create(key));
        hash = method.Hash;
        isOnCurve = curveBits == method.CurveBits;
        CanSign = key.D is not null;
    }

    /// <inheritdoc/>
    public override bool CanSign { get; }

    /// <inheritdoc/>
    public override byte[] Sign(ReadOnlySpan<byte> data)
    {
        if (!isOnCurve)
        {
            throw AuthErrors.KeyIsInvalid.ToException();
        }

        ECDsa key = keys.Take();
        try
        {
            return key.SignData(data, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            throw AuthErrors.KeyIsInvalid.ToException();
        }
        finally
        {
            keys.Return(key);
        }
    }

    /// <inheritdoc/>
    public override bool IsSignedBy(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (!isOnCurve)
        {
            return false;
        }

        ECDsa key = keys.Take();
        try
        {
            return key.VerifyData(data, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
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
