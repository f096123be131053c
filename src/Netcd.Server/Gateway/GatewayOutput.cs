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

    /// <summary>Encodes the one answer of a call.</summary>
    public static ArrayBufferWriter<byte> EncodeOnly(IMessage message)
    {
        ArrayBufferWriter<byte> body = new();
        using Utf8JsonWriter json = new(body, Options);
        MessageWriter.Write(json, message);
        return body;
    }

    /// <summary>Writes the one answer of a call.</summary>
    /// <param name="body">What <see cref="EncodeOnly"/> made of it.</param>
    public abstract Task WriteOnlyAsync(ArrayBufferWriter<byte> body);

    /// <summary>Writes the next answer of a stream, and sends it.</summary>
    public abstract Task WriteNextAsync(IMessage message);

    /// <summary>Whether the answer is a stream: then an error is the last of its values, even where it is the only one.</summary>
    protected bool IsStream { get; private set; }

    /// <summary>From here on the answer is a stream, whether or not a message is ever written to it.</summary>
    public void BeginStream() => IsStream = true;

    /// <summary>Writes an error: as the answer, or as the last value of a stream.</summary>
    public abstract Task WriteErrorAsync(StatusCode code, string message);

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
    protected void EncodeError(IBufferWriter<byte> buffer, StatusCode code, string message)
    {
        using Utf8JsonWriter json = new(buffer, Options);
        json.WriteStartObject();
        if (IsStream)
        {
            json.WriteStartObject("error");
        }

        json.WriteNumber("code", (int)code);
        json.WriteString("message", message);
        if (IsStream)
        {
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
