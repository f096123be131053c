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
                Fail(http, head, StatusCode.DeadlineExceeded, EtcdErrors.DeadlineExceeded.Message);
                break;
            case EtcdException { Error: var error }:
                Fail(http, head, error.Code, error.Message);
                break;
            case RpcException refused:
                Fail(http, head, refused.StatusCode, refused.Status.Detail);
                break;
            case IOException or OperationCanceledException:
            case var _ when http.RequestAborted.IsCancellationRequested:
                log.LostClient(http.Request.Path);
                head.End(StatusCode.Cancelled);
                http.Abort();
                break;
            default:
                log.FailedToServe(failure, http.Request.Path);
                Fail(http, head, StatusCode.Unknown, Fault);
                break;
        }
    }

    private static void Fail(HttpContext http, in CallHead head, StatusCode code, string text)
    {
        head.End(code);
        CallStatus.Fail(http, code, text);
    }

    private static bool IsOver(in CallHead head) => head.HasTimeout && head.Remaining == TimeSpan.Zero;
}
