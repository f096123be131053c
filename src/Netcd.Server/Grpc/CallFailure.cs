using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.Errors;
using Netcd.Server.Http;

namespace Netcd.Server.Grpc;

/// <summary>Answers a call with what it failed of, where there is still somebody to answer.</summary>
internal static class CallFailure
{
    /// <summary>What a fault of this program met stands in the log, and is nothing for whoever made it.</summary>
    private const string Fault = "internal error";

    /// <summary>Ends the call. Only what it should never have met is logged with its stack: a fault of this program.</summary>
    public static void Answer(HttpContext http, in CallHead head, Exception failure, ILogger log)
    {
        switch (failure)
        {
            case EtcdException or OperationCanceledException when IsOver(head):
                CallStatus.Fail(http, StatusCode.DeadlineExceeded, EtcdErrors.DeadlineExceeded.Message);
                break;
            case EtcdException { Error: var error }:
                CallStatus.Fail(http, error.Code, error.Message);
                break;
            case RpcException refused:
                CallStatus.Fail(http, refused.StatusCode, refused.Status.Detail);
                break;
            case IOException or OperationCanceledException:
            case var _ when http.RequestAborted.IsCancellationRequested:
                log.LostClient(http.Request.Path);
                http.Abort();
                break;
            default:
                log.FailedToServe(failure, http.Request.Path);
                CallStatus.Fail(http, StatusCode.Unknown, Fault);
                break;
        }
    }

    private static bool IsOver(in CallHead head) => head.HasTimeout && head.Remaining == TimeSpan.Zero;
}
