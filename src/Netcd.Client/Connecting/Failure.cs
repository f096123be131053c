using Grpc.Core;
using Netcd.Protocol.Errors;

namespace Netcd.Client.Connecting;

/// <summary>What became of an attempt that failed.</summary>
internal readonly struct Failure(RpcException thrown)
{
    private const string ServerPrefix = "etcdserver: ";
    private const string NoGrpc = "Bad gRPC response";

    public StatusCode Code => thrown.StatusCode;

    public string Text => thrown.Status.Detail;

    /// <summary>The server has answered with an error of its own, so the connection and the member are alive.</summary>
    public bool IsAnswer => thrown.Status.DebugException is null && Code != StatusCode.DeadlineExceeded && !IsForeign
        && (Code != StatusCode.Unavailable || Text.StartsWith(ServerPrefix, StringComparison.Ordinal));

    /// <summary>There was no connection that the request could have been sent on.</summary>
    public bool IsUnsent => HasNotConnected(thrown.Status.DebugException);

    /// <summary>A read may be tried again: nobody has said what its result is.</summary>
    public bool IsRetriableForReads => Code == StatusCode.Unavailable || IsUnsent || IsBroken;

    /// <summary>The connection or the member that the call went to is not usable now.</summary>
    public bool IsOfMember => IsUnsent || IsBroken || (Code == StatusCode.Unavailable && !IsAnswer) || Is(EtcdErrors.Stopped);

    /// <summary>Nobody knows whether a write has happened.</summary>
    public bool IsAmbiguous => !IsUnsent && !Is(EtcdErrors.NoLeader) && !Is(EtcdErrors.Unhealthy)
        && (IsBroken || IsAnswerTooLarge || Code is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled);

    /// <summary>The token is no longer good, or there should be one. All of these are found out before anything is done, or in its
    /// place.</summary>
    public bool AsksForLogIn => Is(EtcdErrors.InvalidAuthToken) || Is(EtcdErrors.AuthOldRevision) || Is(EtcdErrors.UserNameEmpty);

    /// <summary>The connection was lost, or what came over it was no answer, after the request had been sent.</summary>
    private bool IsBroken => thrown.Status.DebugException is not null && !IsUnsent
        && (Code is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Unknown || IsHungUpOn);

    /// <summary>The server has closed the connection because of too many pings, of which HTTP/2 has a code that gRPC takes for another
    /// thing.</summary>
    private bool IsHungUpOn => Code == StatusCode.ResourceExhausted && HasProtocolError(thrown.Status.DebugException);

    /// <summary>What answered is something else, such as a web server.</summary>
    private bool IsForeign => Text.StartsWith(NoGrpc, StringComparison.Ordinal);

    /// <summary>The answer did not fit into a message, here or at the server: that of a request which was carried out.</summary>
    private bool IsAnswerTooLarge => Code == StatusCode.ResourceExhausted
        && (Text.StartsWith("Received message exceeds", StringComparison.Ordinal)
            || Text.StartsWith("grpc: trying to send message larger than max", StringComparison.Ordinal));

    public bool Is(EtcdError error) => Code == error.Code && Text == error.Message;

    /// <summary>The failure as callers see it.</summary>
    /// <param name="isWrite">Whether the call changes something.</param>
    /// <param name="endpoint">Who was called last.</param>
    public EtcdException ToException(bool isWrite, Endpoint endpoint)
    {
        EtcdStatusCode code = (EtcdStatusCode)Code;
        return this switch
        {
            { IsAmbiguous: true } when isWrite => new AmbiguousOutcomeException(code, Told(endpoint), thrown),
            { Code: StatusCode.Unavailable or StatusCode.DeadlineExceeded } => new EtcdUnavailableException(code, Told(endpoint), thrown),
            { IsUnsent: true } or { IsBroken: true } =>
                new EtcdUnavailableException(EtcdStatusCode.Unavailable, Told(endpoint), thrown),
            _ when Is(EtcdErrors.Compacted) => new CompactedException(Text, innerException: thrown),
            _ when AsksForLogIn || Is(EtcdErrors.AuthenticationFailed) =>
                new EtcdAuthenticationException(code, Text, thrown),
            _ => new EtcdException(code, Told(endpoint), thrown),
        };
    }

    /// <summary>The server's text as it is; what went wrong on the way to it with its address.</summary>
    private string Told(Endpoint endpoint) => this switch
    {
        { IsAnswer: true } => Text,
        { IsForeign: true } => $"{endpoint} does not answer as etcd does; is it the port for clients? {Text}",
        { Code: StatusCode.DeadlineExceeded } => $"{endpoint} has not answered in time",
        _ => $"{endpoint}: {Innermost(thrown.Status.DebugException)?.Message ?? Text}",
    };

    private static Exception? Innermost(Exception? error) => error?.InnerException is { } inner ? Innermost(inner) : error;

    private static bool HasProtocolError(Exception? error) =>
        error is not null && (error is HttpProtocolException || HasProtocolError(error.InnerException));

    private static bool HasNotConnected(Exception? error) => error switch
    {
        null => false,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError,
        } => true,
        // The time to connect is over: no other timer of HttpClient's is set.
        OperationCanceledException { InnerException: TimeoutException } => true,
        _ => HasNotConnected(error.InnerException),
    };
}
