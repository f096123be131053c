using Grpc.Core;
using Netcd.Protocol.Errors;

namespace Netcd.Server.Auth;

/// <summary>Errors of passwords and tokens whose text etcd takes from the libraries that it uses, and whose code is Unknown.</summary>
internal static class AuthErrors
{
    public static EtcdError VerifyOnly { get; } = new(StatusCode.Unknown, "auth: token signing attempted with verify-only key");

    /// <summary>The key is on another curve than the method's.</summary>
    public static EtcdError KeyIsInvalid { get; } = new(StatusCode.Unknown, "key is invalid");

    public static EtcdError RsaKeyTooSmall { get; } = new(StatusCode.Unknown, "crypto/rsa: message too long for RSA key size");

    public static EtcdError PasswordTooLong { get; } = new(StatusCode.Unknown, "bcrypt: password length exceeds 72 bytes");
}
