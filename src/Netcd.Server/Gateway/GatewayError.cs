using System.Globalization;
using Grpc.Core;

namespace Netcd.Server.Gateway;

/// <summary>A request that the gateway itself refuses.</summary>
internal sealed class GatewayException(StatusCode code, string message) : Exception(message)
{
    /// <summary>What it answers with.</summary>
    public StatusCode Code { get; } = code;

    /// <summary>A request with more bytes than a member receives.</summary>
    public static GatewayException TooLarge(long bytes, int most) => new(
        StatusCode.ResourceExhausted,
        string.Create(CultureInfo.InvariantCulture, $"grpc: received message larger than max ({bytes} vs. {most})"));
}

/// <summary>The HTTP statuses of gRPC's codes, as grpc-gateway v2 has them.</summary>
internal static class GatewayError
{
    /// <summary>What a client sees that has gone before its answer; not in the registry of statuses.</summary>
    private const int ClientClosedRequest = 499;

    /// <summary>The HTTP status for a code.</summary>
    public static int HttpStatus(StatusCode code) => code switch
    {
        StatusCode.OK => 200,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => 400,
        StatusCode.Unauthenticated => 401,
        StatusCode.PermissionDenied => 403,
        StatusCode.NotFound => 404,
        StatusCode.AlreadyExists or StatusCode.Aborted => 409,
        StatusCode.ResourceExhausted => 429,
        StatusCode.Cancelled => ClientClosedRequest,
        StatusCode.Unimplemented => 501,
        StatusCode.Unavailable => 503,
        StatusCode.DeadlineExceeded => 504,
        _ => 500,
    };
}
