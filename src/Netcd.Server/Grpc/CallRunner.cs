using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Grpc;

/// <summary>What all calls have in common but those of <see cref="KvCalls"/>, which do the same without a step in between: how they begin,
/// fail and end.</summary>
internal static class CallRunner
{
    /// <summary>Serves a stream of requests to its end and writes its status.</summary>
    public static async Task RunStreamAsync(HttpContext http, CallHead head, GrpcHandler serve, ILogger log)
    {
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        if (await TryServeAsync(http, head, serve, log).ConfigureAwait(false))
        {
            head.End(StatusCode.OK);
            CallStatus.SucceedStream(http);
        }
    }

    /// <summary>Serves a call with one request and writes its status.</summary>
    public static async Task RunAsync(HttpContext http, CallHead head, GrpcHandler serve, ILogger log)
    {
        if (await TryServeAsync(http, head, serve, log).ConfigureAwait(false))
        {
            head.End(StatusCode.OK);
            CallStatus.Succeed(http);
        }
    }

    private static async Task<bool> TryServeAsync(HttpContext http, CallHead head, GrpcHandler serve, ILogger log)
    {
        CallStatus.Begin(http, head);
        try
        {
            await serve(http, head).ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // Whatever one call meets must not reach the others: it is logged and answered.
        catch (Exception failure)
        {
            CallFailure.Answer(http, head, failure, log);
            return false;
        }
#pragma warning restore CA1031
    }
}
