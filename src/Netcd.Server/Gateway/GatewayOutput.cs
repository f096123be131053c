using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;

namespace Netcd.Server.Gateway;

/// <summary>Takes a call's answer to the client.</summary>
internal abstract class GatewayOutput
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Writes the one answer of a call.</summary>
    public abstract Task WriteOnlyAsync(IMessage message);

    /// <summary>Writes the next answer of a stream, and sends it.</summary>
    public abstract Task WriteNextAsync(IMessage message);

    /// <summary>Writes an error: as the answer, or as the last of a stream that has begun.</summary>
    public abstract Task WriteErrorAsync(StatusCode code, string message);

    /// <summary>Encodes the one answer of a call.</summary>
    protected static void EncodeOnly(IBufferWriter<byte> buffer, IMessage message)
    {
        using Utf8JsonWriter json = new(buffer, Options);
        MessageWriter.Write(json, message);
    }

    /// <summary>Encodes an answer of a stream.</summary>
    protected static void EncodeNext(IBufferWriter<byte> buffer, IMessage message)
    {
        using Utf8JsonWriter json = new(buffer, Options);
        json.WriteStartObject();
        json.WritePropertyName("result");
        MessageWriter.Write(json, message);
        json.WriteEndObject();
    }

    /// <summary>Encodes an error.</summary>
    protected static void EncodeError(IBufferWriter<byte> buffer, StatusCode code, string message, bool isInStream)
    {
        using Utf8JsonWriter json = new(buffer, Options);
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
}
