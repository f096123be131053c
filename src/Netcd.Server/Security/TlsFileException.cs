namespace Netcd.Server.Security;

/// <summary>A file with a certificate or a key that cannot be used; the message says why.</summary>
internal sealed class TlsFileException(string message, Exception? inner = null) : Exception(message, inner);
