using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Netcd.Server.Hosting;

/// <summary>
/// A bound port: accepts connections, looks at the first bytes without taking them, and hands the connection to the face
/// that speaks its protocol.
/// </summary>
internal sealed class SharedPort
{
    /// <summary>A connection that says nothing for so long is closed: it must not hold a place for ever.</summary>
    private static readonly TimeSpan FirstBytesTimeout = TimeSpan.FromMinutes(5);

    private readonly IConnectionListener listener;
    private readonly Channel<ConnectionContext> http1 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly Channel<ConnectionContext> http2 = Channel.CreateUnbounded<ConnectionContext>();
    private int faces;

    public SharedPort(IConnectionListener listener)
    {
        this.listener = listener;
        _ = AcceptAsync();
    }

    /// <summary>The first bytes of an HTTP/2 connection without TLS (RFC 9113, section 3.4); no HTTP/1.1 method is called PRI.</summary>
    private static ReadOnlySpan<byte> Preface => "PRI"u8;

    public IConnectionListener Face(ProtocolEndPoint endpoint)
    {
        Interlocked.Increment(ref faces);
        return new PortFace(this, endpoint, endpoint.Protocol == HttpProtocols.Http2 ? http2 : http1);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (await listener.AcceptAsync().ConfigureAwait(false) is { } connection)
            {
                _ = RouteAsync(connection);
            }
        }
        finally
        {
            http1.Writer.TryComplete();
            http2.Writer.TryComplete();
        }
    }

    private async Task RouteAsync(ConnectionContext connection)
    {
        try
        {
            using CancellationTokenSource timeout = new(FirstBytesTimeout);
            Channel<ConnectionContext>? face = await ChooseAsync(connection.Transport.Input, timeout.Token).ConfigureAwait(false);
            if (face is not null && face.Writer.TryWrite(connection))
            {
                return;
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            // The peer went away, or said nothing: there is nobody to tell.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<Channel<ConnectionContext>?> ChooseAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellation).ConfigureAwait(false);
            Channel<ConnectionContext>? face = Choose(result.Buffer);
            if (face is null && !result.IsCompleted)
            {
                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            // Examined only to the start: whoever reads next gets the same bytes at once.
            input.AdvanceTo(result.Buffer.Start);
            return face;
        }
    }

    /// <summary>The face for what has come so far; null where that is too little to tell.</summary>
    private Channel<ConnectionContext>? Choose(ReadOnlySequence<byte> bytes)
    {
        Span<byte> first = stackalloc byte[(int)Math.Min(Preface.Length, bytes.Length)];
        bytes.Slice(0, first.Length).CopyTo(first);
        if (!Preface.StartsWith(first))
        {
            return http1;
        }

        return first.Length == Preface.Length ? http2 : null;
    }

    private async ValueTask UnbindAsync(CancellationToken cancellation)
    {
        if (Interlocked.Decrement(ref faces) == 0)
        {
            await listener.UnbindAsync(cancellation).ConfigureAwait(false);
        }
    }

    private sealed class PortFace(SharedPort port, EndPoint endpoint, Channel<ConnectionContext> connections) : IConnectionListener
    {
        private int isUnbound;

        public EndPoint EndPoint { get; } = endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await connections.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (connections.Reader.TryRead(out ConnectionContext? connection))
                {
                    return connection;
                }
            }

            return null;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            if (Interlocked.Exchange(ref isUnbound, 1) == 0)
            {
                connections.Writer.TryComplete();
                await port.UnbindAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await UnbindAsync().ConfigureAwait(false);
            await port.listener.DisposeAsync().ConfigureAwait(false);
        }
    }
}
