using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Grpc;

/// <summary>What the streams that are served on the request's pipes directly have in common: how they begin, fail and end.</summary>
internal static class CallRunner
{
    /// <summary>Serves a stream to its end and writes its status.</summary>
    public static async Task RunAsync(HttpContext http, CallHead head, GrpcHandler serve, ILogger log)
    {
        CallStatus.Begin(http, head);
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        try
        {
            await serve(http, head).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever one call meets must not reach the others: it is logged and answered.
        catch (Exception failure)
        {
            CallFailure.Answer(http, head, failure, log);
            return;
        }
#pragma warning restore CA1031

        CallStatus.SucceedStream(http);
    }
}
