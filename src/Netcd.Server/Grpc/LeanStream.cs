using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Netcd.Protocol.Errors;
using Netcd.Server.Gateway;

namespace Netcd.Server.Grpc;

/// <summary>What the streams that are served on the request's pipes directly have in common: how they begin, fail and end.</summary>
internal static class LeanStream
{
    /// <summary>Whether this is a gRPC call of a method.</summary>
    public static bool IsCall(HttpContext http, string path) =>
        http.Request.Path.Value == path && HttpMethods.IsPost(http.Request.Method) && HttpFace.IsGrpc(http.Request);

    /// <summary>Serves a stream to its end and writes its status.</summary>
    public static async Task RunAsync(HttpContext http, Func<HttpContext, Task> serve, ILogger log)
    {
        LeanCalls.Begin(http);
        http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        StatusCode code = StatusCode.OK;
        string text = "";
        try
        {
            await serve(http).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            (code, text) = (failure.Error.Code, failure.Error.Message);
        }
        catch (RpcException failure)
        {
            (code, text) = (failure.StatusCode, failure.Status.Detail);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // The caller has gone; there is no one to answer.
            http.Abort();
            return;
        }
#pragma warning disable CA1031 // Whatever one call meets must not reach the others: it is told and answered.
        catch (Exception failure)
        {
            log.LogError(failure, "stream {Path} failed", http.Request.Path);
            (code, text) = (StatusCode.Unknown, failure.Message);
        }
#pragma warning restore CA1031

        LeanCalls.Finish(http, code, text);
    }

    /// <summary>Reads a message of a stream.</summary>
    /// <exception cref="RpcException">It is none; in the words of Go's gRPC server.</exception>
    public static T Parse<T>(MessageParser<T> parser, ReadOnlySequence<byte> message)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new RpcException(new Status(StatusCode.Internal, "grpc: failed to unmarshal the received message: " + failure.Message));
        }
    }
}
