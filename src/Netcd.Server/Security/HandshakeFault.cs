using System.Net.Sockets;
using System.Security.Authentication;

namespace Netcd.Server.Security;

/// <summary>Says why a handshake failed, in Go's words where the cause is one that Go has a word for.</summary>
internal static class HandshakeFault
{
    /// <summary>What OpenSSL calls a fault, and what Go does. What begins with <c>alert</c> the other side has sent.</summary>
    private static readonly (string OpenSsl, string Go)[] Words =
    [
        ("no shared cipher", "tls: no cipher suite supported by both client and server"),
        ("unsupported protocol", "tls: client offered only unsupported versions"),
        ("no suitable signature algorithm", "tls: peer doesn't support any of the certificate's signature algorithms"),
        ("alert bad certificate", "remote error: tls: bad certificate"),
        ("alert unknown ca", "remote error: tls: unknown certificate authority"),
        ("alert certificate unknown", "remote error: tls: unknown certificate"),
        ("alert certificate expired", "remote error: tls: expired certificate"),
        ("alert certificate revoked", "remote error: tls: revoked certificate"),
        ("alert handshake failure", "remote error: tls: handshake failure"),
        ("alert protocol version", "remote error: tls: protocol version not supported"),
        ("bad record mac", "local error: tls: bad record MAC"),
    ];

    /// <summary>The cause of a failure; null for none that is known.</summary>
    public static string Describe(Exception? failure)
    {
        if (failure is OperationCanceledException)
        {
            return "tls: the handshake took too long";
        }

        Exception? cause = failure;
        while (cause?.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause switch
        {
            null => "tls: the handshake failed",
            not (IOException or AuthenticationException or SocketException) when failure is not (IOException or AuthenticationException) =>
                "local error: tls: error decoding message",
            IOException when failure is IOException or AuthenticationException && cause.Message.Contains("EOF", StringComparison.Ordinal) =>
                "EOF",
            _ => Words.FirstOrDefault(word => cause.Message.Contains(word.OpenSsl, StringComparison.Ordinal)).Go ?? cause.Message,
        };
    }

    /// <summary>Versions of TLS that a client offers, as Go writes them: those up to its newest one.</summary>
    public static string Versions(SslProtocols offered)
    {
#pragma warning disable CA5397, SYSLIB0039, CS0618 // They are named, not spoken.
        SslProtocols[] known = [SslProtocols.Tls13, SslProtocols.Tls12, SslProtocols.Tls11, SslProtocols.Tls];
#pragma warning restore CA5397, SYSLIB0039, CS0618
        string[] numbers = ["304", "303", "302", "301"];
        int newest = Array.FindIndex(known, version => offered.HasFlag(version));
        return newest < 0 ? "" : string.Join(' ', numbers[newest..]);
    }
}
