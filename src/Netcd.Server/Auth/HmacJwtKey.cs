using System.Security.Cryptography;

namespace Netcd.Server.Auth;

/// <summary>A shared secret: the bytes of a file as they are, a line's end included.</summary>
internal sealed class HmacJwtKey(JwtMethod method, byte[] secret) : JwtKey
{
    /// <inheritdoc/>
    public override bool CanSign => true;

    /// <inheritdoc/>
    public override byte[] Sign(ReadOnlySpan<byte> data) => CryptographicOperations.HmacData(method.Hash, secret, data);

    /// <inheritdoc/>
    public override bool IsSignedBy(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        CryptographicOperations.FixedTimeEquals(Sign(data), signature);
}
