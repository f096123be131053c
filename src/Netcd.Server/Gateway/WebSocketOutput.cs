using System.Buffers;
using System.Net.WebSockets;
using Google.Protobuf;
using Grpc.Core;

namespace Netcd.Server.Gateway;

/// <summary>An answer as messages of a WebSocket: one JSON value in each.</summary>
/// <param name="socket">The connection.</param>
/// <param name="cancellation">Fires when the client has gone.</param>
internal sealed class WebSocketOutput(WebSocket socket, CancellationToken cancellation) : GatewayOutput
{
    /// <inheritdoc/>
    public override Task WriteOnlyAsync(IMessage message)
    {
        ArrayBufferWriter<byte> text = new();
        EncodeOnly(text, message);
        return SendAsync(text);
    }

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

    private Task SendAsync(ArrayBufferWriter<byte> text) =>
        socket.SendAsync(text.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, cancellation).AsTask();
}
