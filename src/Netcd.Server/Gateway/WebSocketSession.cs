using System.IO.Pipelines;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace Netcd.Server.Gateway;

/// <summary>
/// A call of the gateway over a WebSocket: what the client's messages hold, text or binary, is the body of a POST, a line each, and
/// each answer is a message. When the call has ended, so has the connection.
/// </summary>
internal sealed class WebSocketSession(HttpContext http, WebSocket socket) : IDisposable
{
    /// <summary>Bytes that the client is ahead of the call before it is read from no more.</summary>
    private const int BytesAhead = 64 * 1024;

    private const int ReadBytes = 4 * 1024;

    /// <summary>How long the farewell of a client that said its own may take.</summary>
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(5);

    private readonly Pipe body =
        new(new PipeOptions(pauseWriterThreshold: BytesAhead, resumeWriterThreshold: BytesAhead / 2, useSynchronizationContext: false));
    private readonly CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);

    /// <summary>The requests.</summary>
    public PipeReader Body => body.Reader;

    /// <summary>Fires when the client has gone.</summary>
    public CancellationToken Gone => gone.Token;

    /// <summary>Serves a call until it ends, or the client goes.</summary>
    public async Task RunAsync(Func<Task> call)
    {
        Task receiving = ReceiveAsync();
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (Exception failure) when (IsGone(failure))
        {
            // Nobody is there to receive it.
        }
        finally
        {
            await gone.CancelAsync().ConfigureAwait(false);
            await body.Reader.CompleteAsync().ConfigureAwait(false);
            await receiving.ConfigureAwait(false);
            await AnswerCloseAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        gone.Dispose();
        socket.Dispose();
    }

    private static bool IsGone(Exception failure) =>
        failure is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException;

    private async Task ReceiveAsync()
    {
        try
        {
            while (await ReceiveSomeAsync().ConfigureAwait(false))
            {
            }
        }
        catch (Exception failure) when (IsGone(failure))
        {
            // The end of the call reports it.
        }

        await body.Writer.CompleteAsync().ConfigureAwait(false);
        await gone.CancelAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> ReceiveSomeAsync()
    {
        // A connection that says nothing holds no buffer.
        ValueWebSocketReceiveResult result = await socket.ReceiveAsync(Memory<byte>.Empty, Gone).ConfigureAwait(false);
        if (result is { MessageType: not WebSocketMessageType.Close, EndOfMessage: false })
        {
            result = await socket.ReceiveAsync(body.Writer.GetMemory(ReadBytes), Gone).ConfigureAwait(false);
            body.Writer.Advance(result.Count);
        }

        if (result.MessageType == WebSocketMessageType.Close)
        {
            return false;
        }

        if (result.EndOfMessage)
        {
            body.Writer.GetSpan(1)[0] = (byte)'\n';
            body.Writer.Advance(1);
        }

        return !(await body.Writer.FlushAsync(Gone).ConfigureAwait(false)).IsCompleted;
    }

    /// <summary>Answers the client's farewell. As in etcd there is none of the server's own.</summary>
    private async ValueTask AnswerCloseAsync()
    {
        if (socket.State != WebSocketState.CloseReceived)
        {
            return;
        }

        try
        {
            using CancellationTokenSource limit = new(CloseTime);
            await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.Empty, null, limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsGone(failure))
        {
            // It did not wait for it.
        }
    }
}
