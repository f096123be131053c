using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Netcd.Server.Grpc;
using Netcd.Server.Services;

namespace Netcd.Server.Gateway;

/// <summary>An answer as the body of a response: one value, or the lines of a stream.</summary>
internal sealed class HttpOutput(HttpContext http) : GatewayOutput
{
    private const string JsonType = "application/json";

    /// <inheritdoc/>
    public override async Task WriteOnlyAsync(ArrayBufferWriter<byte> body)
    {
        BeginSuccess();
        http.Response.ContentLength = body.WrittenCount;
        if (body.WrittenCount > ServiceLimits.SmallAnswerBytes)
        {
            await ResponseBody.WriteAsync(http, body.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
            return;
        }

        await http.Response.BodyWriter.WriteAsync(body.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task WriteNextAsync(IMessage message)
    {
        BeginStream();
        if (!http.Response.HasStarted)
        {
            BeginSuccess();
        }

        ArrayBufferWriter<byte> line = new();
        EncodeNext(line, message);
        line.Write("\n"u8);
        await http.Response.BodyWriter.WriteAsync(line.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task WriteErrorAsync(StatusCode code, string message)
    {
        ArrayBufferWriter<byte> body = new();
        EncodeError(body, code, message);
        if (IsStream)
        {
            body.Write("\n"u8);
        }

        if (!http.Response.HasStarted)
        {
            http.Response.StatusCode = GatewayError.HttpStatus(code);
            http.Response.ContentType = JsonType;
            http.Response.ContentLength = body.WrittenCount;
        }

        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.BodyWriter.WriteAsync(body.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
        }
    }

    private void BeginSuccess()
    {
        http.Response.ContentType = JsonType;
        http.Response.Headers["Grpc-Metadata-Content-Type"] = "application/grpc";
    }
}
