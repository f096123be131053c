using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Netcd.Server.Security;

namespace Netcd.Server.Hosting;

/// <summary>
/// A bound port: accepts connections, looks at the first bytes without taking them, and hands the connection to the face
/// that speaks its protocol.
/// </summary>
internal sealed class SharedPort : IAsyncDisposable
{
    /// <summary>A connection that says nothing for so long is closed: it must not hold a place for ever.</summary>
    private static readonly TimeSpan FirstBytesTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Pauses before a failed accept is tried again, doubled from the least to the most.</summary>
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(1);

    /// <summary>The first byte of a TLS record with a handshake (RFC 8446, section 5.1); no method of HTTP begins with it.</summary>
    private const byte HandshakeRecord = 0x16;

    private readonly ListenPort port;
    private readonly IConnectionListener listener;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly CancellationTokenSource stopping = new();

    /// <summary>By protocol; null where the port does not speak it.</summary>
    private readonly Channel<ConnectionContext>?[] waiting = new Channel<ConnectionContext>?[Enum.GetValues<PortProtocol>().Length];
    private Task accepting = Task.CompletedTask;
    private int faces;
    private int undisposed;

    private SharedPort(ListenPort port, IConnectionListener listener, TimeProvider clock, ILogger log)
    {
        this.port = port;
        this.listener = listener;
        this.clock = clock;
        this.log = log;
        foreach (PortProtocol protocol in port.Protocols)
        {
            waiting[(int)protocol] = Channel.CreateUnbounded<ConnectionContext>();
        }
    }

    /// <summary>The first bytes of an HTTP/2 connection without TLS (RFC 9113, section 3.4); no HTTP/1.1 method is called PRI.</summary>
    private static ReadOnlySpan<byte> Preface => "PRI"u8;

    /// <summary>Begins to accept.</summary>
    public static SharedPort Open(ListenPort port, IConnectionListener listener, TimeProvider clock, ILogger log)
    {
        SharedPort opened = new(port, listener, clock, log);
        opened.accepting = opened.AcceptAsync();
        return opened;
    }

    /// <summary>The listener that Kestrel is given for one of the protocols.</summary>
    public IConnectionListener Face(ProtocolEndPoint face)
    {
        Interlocked.Increment(ref faces);
        Interlocked.Increment(ref undisposed);
        return new FaceListener(this, face, waiting[(int)face.Protocol]!);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync().ConfigureAwait(false);
        stopping.Dispose();
    }

    /// <summary>
    /// Accepts until the port is closed. Nothing else ends it: a port that silently takes no connections any more would look like a
    /// member that is well.
    /// </summary>
    private async Task AcceptAsync()
    {
        TimeSpan pause = MinPause;
        while (!stopping.IsCancellationRequested)
        {
            bool hasPlace = false;
            try
            {
                await port.Limit.EnterAsync(stopping.Token).ConfigureAwait(false);
                hasPlace = true;
                if (await listener.AcceptAsync(stopping.Token).ConfigureAwait(false) is not { } connection)
                {
                    break;
                }

                pause = MinPause;
                hasPlace = false;
                connection.ConnectionClosed.UnsafeRegister(static limit => ((ConnectionLimit)limit!).Leave(), port.Limit);
                _ = RouteAsync(connection);
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                log.FailedToAccept(port.Address, pause, failure.Message);
                await Task.Delay(pause, clock, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
            }
            catch (Exception)
            {
                // The port is being closed: this is how the wait for a connection ends.
            }
            finally
            {
                if (hasPlace)
                {
                    port.Limit.Leave();
                }
            }
        }

        foreach (Channel<ConnectionContext>? face in waiting)
        {
            face?.Writer.TryComplete();
        }
    }

    private async Task RouteAsync(ConnectionContext connection)
    {
        try
        {
            if (await FaceOfAsync(connection).ConfigureAwait(false) is { } face && waiting[(int)face]!.Writer.TryWrite(connection))
            {
                return;
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            // The peer went away, or said nothing, or the port is being closed: there is no one to answer.
        }
        catch (Exception failure)
        {
            log.ClosedUnserved(failure, port.Address);
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The face for a connection; null for one that cannot be served.</summary>
    private async ValueTask<PortProtocol?> FaceOfAsync(ConnectionContext connection)
    {
        if (port.Protocols is [PortProtocol.Http1])
        {
            return PortProtocol.Http1;
        }

        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        timeout.CancelAfter(port.IsSecureOnly ? TlsListener.HandshakeTimeout : FirstBytesTimeout);
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult result = await input.ReadAsync(timeout.Token).ConfigureAwait(false);
            PortProtocol? face = Choose(result.Buffer);
            if (face is null && !result.IsCompleted)
            {
                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            // Examined only to the start: the next reader gets the same bytes at once.
            input.AdvanceTo(result.Buffer.Start);
            if (face is null || waiting[(int)face.Value] is not null)
            {
                return face;
            }

            if (port.IsSecureOnly)
            {
                log.RejectedConnection(
                    port.Users, connection.RemoteEndPoint, "", "tls: first record does not look like a TLS handshake");
            }

            return null;
        }
    }

    /// <summary>What is spoken, by what has come so far; null where that is too little to know.</summary>
    private PortProtocol? Choose(ReadOnlySequence<byte> bytes)
    {
        Span<byte> first = stackalloc byte[(int)Math.Min(Preface.Length, bytes.Length)];
        bytes.Slice(0, first.Length).CopyTo(first);
        if (first.IsEmpty)
        {
            return null;
        }

        if (first[0] == HandshakeRecord && waiting[(int)PortProtocol.Tls] is not null)
        {
            return PortProtocol.Tls;
        }

        return !Preface.StartsWith(first) ? PortProtocol.Http1 : first.Length == Preface.Length ? PortProtocol.Http2 : null;
    }

    private async ValueTask UnbindAsync(CancellationToken cancellation)
    {
        if (Interlocked.Decrement(ref faces) == 0)
        {
            await listener.UnbindAsync(cancellation).ConfigureAwait(false);
            await stopping.CancelAsync().ConfigureAwait(false);
            await accepting.ConfigureAwait(false);
        }
    }

    private sealed class FaceListener(SharedPort port, EndPoint endpoint, Channel<ConnectionContext> connections) : IConnectionListener
    {
        private int isUnbound;
        private int isDisposed;

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
            if (Interlocked.Exchange(ref isDisposed, 1) == 0 && Interlocked.Decrement(ref port.undisposed) == 0)
            {
                await port.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
