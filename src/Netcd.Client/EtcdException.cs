namespace Netcd.Client;

/// <summary>A call failed. <see cref="Exception.Message"/> is the server's own text where it answered.</summary>
/// <param name="code">The kind of the failure.</param>
/// <param name="message">The server's text, or what went wrong on the way to it.</param>
/// <param name="innerException">What the transport threw.</param>
public class EtcdException(EtcdStatusCode code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The kind of the failure.</summary>
    public EtcdStatusCode Code { get; } = code;
}

/// <summary>
/// Nobody knows whether a write was carried out: the connection was lost, or no answer came in time, after it had been sent. It is not
/// repeated, as it could then happen twice. Read what it would have changed, or make it conditional on a revision, before you do.
/// </summary>
/// <param name="code">The kind of the failure.</param>
/// <param name="message">What went wrong.</param>
/// <param name="innerException">What the transport threw.</param>
public sealed class AmbiguousOutcomeException(EtcdStatusCode code, string message, Exception? innerException = null)
    : EtcdException(code, message, innerException);

/// <summary>The revision that was asked for is compacted.</summary>
/// <param name="message">The server's text.</param>
/// <param name="compactRevision">The oldest revision that can still be read, or 0 where the server did not say it.</param>
/// <param name="innerException">What the transport threw.</param>
public sealed class CompactedException(string message, long compactRevision = 0, Exception? innerException = null)
    : EtcdException(EtcdStatusCode.OutOfRange, message, innerException)
{
    /// <summary>The oldest revision that can still be read, or 0 where the server did not say it (only watches are told).</summary>
    public long CompactRevision { get; } = compactRevision;
}

/// <summary>
/// No member answered, or none that has a leader, within the time or the attempts that the call had. Nothing was changed.
/// </summary>
/// <param name="code">The kind of the failure.</param>
/// <param name="message">The last attempt's failure.</param>
/// <param name="innerException">What the transport threw at the last attempt.</param>
public sealed class EtcdUnavailableException(EtcdStatusCode code, string message, Exception? innerException = null)
    : EtcdException(code, message, innerException);

/// <summary>The server did not believe that we are who we say: a wrong user name or password, or a token that is not valid.</summary>
/// <param name="code">The kind of the failure.</param>
/// <param name="message">The server's text.</param>
/// <param name="innerException">What the transport threw.</param>
public sealed class EtcdAuthenticationException(EtcdStatusCode code, string message, Exception? innerException = null)
    : EtcdException(code, message, innerException);
