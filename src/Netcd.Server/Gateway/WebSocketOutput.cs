using System.Buffers;
using System.Net.WebSockets;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Server.Services;

namespace Netcd.Server.Gateway;

/// <summary>An answer as messages of a WebSocket: one JSON value in each.</summary>
/// <param name="socket">The connection.</param>
/// <param name="cancellation">Fires when the client has gone.</param>
internal sealed class WebSocketOutput(WebSocket socket, CancellationToken cancellation) : GatewayOutput
{
    private const int MinBytesPerSecond = 256 * 1024;

    /// <inheritdoc/>
    public override Task WriteOnlyAsync(ArrayBufferWriter<byte> body) => SendAsync(body);

    /// <inheritdoc/>
    public override Task WriteNextAsync(IMessage message)
    {
        BeginStream();
        ArrayBufferWriter<byte> text = new();
        EncodeNext(text, message);
        return SendAsync(text);
    }

    /// <inheritdoc/>
    public override Task WriteErrorAsync(StatusCode code, string message)
    {
        ArrayBufferWriter<byte> text = new();
        EncodeError(text, code, message);
        return SendAsync(text);
    }

    private Task SendAsync(ArrayBufferWriter<byte> text)
    {
        Task sent = socket.SendAsync(text.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, cancellation).AsTask();

        // A large answer waits for memory that others want too: its reader has to take it at some pace.
        return text.WrittenCount <= ServiceLimits.SmallAnswerBytes
            ? sent
            : SlowReader.LimitAsync(sent, ServiceLimits.ReaderPatience + TimeSpan.FromSeconds(text.WrittenCount / MinBytesPerSecond));
    }
}
