using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Netcd.Server.Auth;

/// <summary>EdDSA with Ed25519, as RFC 8037 has it in tokens. etcd knows it from 3.6 on.</summary>
internal sealed class Ed25519JwtKey : JwtKey
{
    private readonly byte[] publicKey;
    private readonly byte[]? seed;

    /// <param name="publicKey">The public half; null where it is to be made of the private one.</param>
    /// <param name="seed">The private half; null where it only verifies.</param>
    public Ed25519JwtKey(byte[]? publicKey, byte[]? seed)
    {
        this.seed = seed;
        if (publicKey is null)
        {
            publicKey = new byte[Ed25519.PublicKeySize];
            Ed25519.GeneratePublicKey(seed, 0, publicKey, 0);
        }

        this.publicKey = publicKey;
    }

    /// <inheritdoc/>
    public override bool CanSign => seed is not null;

    /// <inheritdoc/>
    public override byte[] Sign(ReadOnlySpan<byte> data)
    {
        if (seed is null)
        {
            throw AuthErrors.VerifyOnly.ToException();
        }

        byte[] message = data.ToArray();
        byte[] signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(seed, 0, publicKey, 0, message, 0, message.Length, signature, 0);
        return signature;
    }

    /// <inheritdoc/>
    public override bool IsSignedBy(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        signature.Length == Ed25519.SignatureSize
        && Ed25519.Verify(signature.ToArray(), 0, publicKey, 0, data.ToArray(), 0, data.Length);
}
