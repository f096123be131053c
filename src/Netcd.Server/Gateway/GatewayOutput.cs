using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Netcd.Server.Gateway;

/// <summary>Writes a call's answer to the client.</summary>
internal sealed class GatewayOutput(HttpContext http)
{
    private const string JsonType = "application/json";

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Writes the one answer of a call.</summary>
    public async Task WriteOnlyAsync(IMessage message)
    {
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = new(body, Options))
        {
            MessageWriter.Write(json, message);
        }

        BeginSuccess();
        http.Response.ContentLength = body.WrittenCount;
        await http.Response.BodyWriter.WriteAsync(body.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Writes the next answer of a stream as a line of its own, and sends it.</summary>
    public async Task WriteNextAsync(IMessage message)
    {
        if (!http.Response.HasStarted)
        {
            BeginSuccess();
        }

        using (Utf8JsonWriter json = new(http.Response.BodyWriter, Options))
        {
            json.WriteStartObject();
            json.WritePropertyName("result");
            MessageWriter.Write(json, message);
            json.WriteEndObject();
        }

        http.Response.BodyWriter.Write("\n"u8);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Writes an error: as the answer, or as the last line of a stream that has begun.</summary>
    public async Task WriteErrorAsync(StatusCode code, string message)
    {
        ArrayBufferWriter<byte> body = new();
        bool isInStream = http.Response.HasStarted;
        using (Utf8JsonWriter json = new(body, Options))
        {
            json.WriteStartObject();
            if (isInStream)
            {
                json.WriteStartObject("error");
            }

            json.WriteNumber("code", (int)code);
            json.WriteString("message", message);
            if (isInStream)
            {
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        if (isInStream)
        {
            body.Write("\n"u8);
        }
        else
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
