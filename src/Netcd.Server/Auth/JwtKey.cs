using Netcd.Protocol.Errors;

namespace Netcd.Server.Auth;

/// <summary>A key with its method: what signs JSON Web Tokens and checks their signatures. It can be used from any thread.</summary>
internal abstract class JwtKey
{
    /// <summary>Whether it has the private half.</summary>
    public abstract bool CanSign { get; }

    /// <exception cref="EtcdException">The key cannot sign; the error is for the client.</exception>
    public abstract byte[] Sign(ReadOnlySpan<byte> data);

    /// <summary>Whether the signature is this key's. It does not throw, whatever comes in.</summary>
    public abstract bool IsSignedBy(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);
}
