using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Netcd.Server.Hosting;
using Netcd.Testing.Logging;

namespace Netcd.Server.Tests.Hosting;

/// <summary>A port that several protocols share: who gets a connection, and what happens when none can be accepted.</summary>
public sealed class SharedPortTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", PortProtocol.Http1)]
    [InlineData("PUT / HTTP/1.1\r\n", PortProtocol.Http1)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", PortProtocol.Http2)]
    [InlineData("\u0016\u0003\u0001", PortProtocol.Tls)]
    [InlineData("\u0016", PortProtocol.Tls)]
    [InlineData("\u0015\u0003\u0001", PortProtocol.Http1)]
    internal async Task A_connection_is_handed_to_the_face_of_its_first_bytes_with_all_of_them(string sent, PortProtocol expected)
    {
        await using Bench bench = new(PortProtocol.Http1, PortProtocol.Http2, PortProtocol.Tls);
        Pipe client = bench.Connect();
        await client.Writer.WriteAsync(Encoding.Latin1.GetBytes(sent));
        ConnectionContext connection = await bench.AcceptAsync(expected);
        ReadResult read = await connection.Transport.Input.ReadAsync();
        Assert.Equal(sent, Encoding.Latin1.GetString(read.Buffer));
    }

    [Fact]
    public async Task A_preface_that_comes_byte_by_byte_is_one()
    {
        await using Bench bench = new(PortProtocol.Http1, PortProtocol.Http2);
        Pipe client = bench.Connect();
        foreach (byte part in "PRI"u8.ToArray())
        {
            await client.Writer.WriteAsync(new[] { part });
        }

        await bench.AcceptAsync(PortProtocol.Http2);
    }

    [Fact]
    public async Task A_port_of_TLS_alone_closes_what_is_no_handshake_and_says_so()
    {
        await using Bench bench = new(PortProtocol.Tls);
        Pipe client = bench.Connect();
        await client.Writer.WriteAsync("GET / HTTP/1.1\r\n"u8.ToArray());
        await bench.Log.UntilAsync(
            "rejected connection on client endpoint remoteAddr=192.0.2.1:7 serverName= "
                + "error=tls: first record does not look like a TLS handshake");
        Pipe next = bench.Connect();
        await next.Writer.WriteAsync(new byte[] { 0x16 });
        await bench.AcceptAsync(PortProtocol.Tls);
    }

    [Fact]
    public async Task Accepting_goes_on_after_failures_with_longer_and_longer_pauses_and_is_logged()
    {
        await using Bench bench = new(PortProtocol.Http1);
        for (int failure = 0; failure < 4; failure++)
        {
            bench.Listener.Fail(
                failure % 2 == 0 ? new SocketException((int)SocketError.TooManyOpenSockets) : new InvalidOperationException("a bug"));
        }

        bench.Connect();
        await bench.AcceptAsync(PortProtocol.Http1);
        string[] told = [.. bench.Log.Lines.Where(line => line.Contains("failed to accept connections", StringComparison.Ordinal))];
        Assert.Equal(4, told.Length);
        Assert.All(
            [5, 10, 20, 40],
            (pause, index) => Assert.Contains($"retryIn={TimeSpan.FromMilliseconds(pause)}", told[index], StringComparison.Ordinal));
        Assert.Contains("a bug", told[1], StringComparison.Ordinal);

        // One that comes through makes the next pause short again.
        bench.Listener.Fail(new SocketException((int)SocketError.TooManyOpenSockets));
        await bench.Log.UntilAsync("failed to accept connections", 5);
        Assert.Contains($"retryIn={TimeSpan.FromMilliseconds(5)}", bench.Log.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_connections_are_accepted_than_the_limit_until_one_is_closed()
    {
        await using Bench bench = new(new ConnectionLimit(2), PortProtocol.Http1);
        bench.Connect();
        bench.Connect();
        bench.Connect();
        ConnectionContext first = await bench.AcceptAsync(PortProtocol.Http1);
        await bench.AcceptAsync(PortProtocol.Http1);
        Task<ConnectionContext> third = bench.AcceptAsync(PortProtocol.Http1);
        await Task.Delay(50);
        Assert.Equal(1, bench.Listener.Waiting);
        Assert.False(third.IsCompleted);
        first.Abort();
        await third;
    }

    [Fact]
    public async Task Closing_ends_the_faces_and_the_connections_that_have_not_spoken()
    {
        await using Bench bench = new(PortProtocol.Http1, PortProtocol.Http2);
        Pipe silent = bench.Connect();
        await bench.Listener.TakenAsync();
        await bench.DisposeAsync();
        Assert.Null(await bench.Faces[PortProtocol.Http1].AcceptAsync().AsTask().WaitAsync(Deadline));
        Assert.Null(await bench.Faces[PortProtocol.Http2].AcceptAsync().AsTask().WaitAsync(Deadline));
        await bench.Listener.ClosedAsync();
    }

    /// <summary>A shared port over connections that the test makes.</summary>
    private sealed class Bench : IAsyncDisposable
    {
        public Bench(params PortProtocol[] protocols)
            : this(ConnectionLimit.None, protocols)
        {
        }

        public Bench(ConnectionLimit limit, params PortProtocol[] protocols)
        {
            ListenPort port = new(new IPEndPoint(IPAddress.Loopback, 1), protocols, "client", limit);
            SharedPort shared = SharedPort.Open(port, Listener, TimeProvider.System, Log);
            Faces = protocols.ToDictionary(protocol => protocol, protocol => shared.Face(new ProtocolEndPoint(port, protocol)));
        }

        public FakeListener Listener { get; } = new();

        public NotedLog Log { get; } = new();

        public Dictionary<PortProtocol, IConnectionListener> Faces { get; }

        /// <summary>Connects, and gives the pipe that the client writes to.</summary>
        public Pipe Connect()
        {
            Pipe sent = new();
            Listener.Connect(sent);
            return sent;
        }

        public async Task<ConnectionContext> AcceptAsync(PortProtocol protocol) =>
            await Faces[protocol].AcceptAsync().AsTask().WaitAsync(Deadline) ?? throw new InvalidOperationException("the face is closed");

        public async ValueTask DisposeAsync()
        {
            foreach (IConnectionListener face in Faces.Values)
            {
                await face.DisposeAsync();
            }
        }
    }

    private sealed class FakeListener : IConnectionListener
    {
        private readonly ConcurrentQueue<object> events = new();
        private readonly SemaphoreSlim ready = new(0);
        private readonly CancellationTokenSource unbound = new();
        private readonly TaskCompletionSource taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ConcurrentBag<FakeConnection> connections = [];

        public EndPoint EndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 1);

        public int Waiting => ready.CurrentCount;

        public void Connect(Pipe sent) => Add(new FakeConnection(sent));

        public void Fail(Exception failure) => Add(failure);

        public Task TakenAsync() => taken.Task.WaitAsync(Deadline);

        public Task ClosedAsync() => Task.WhenAll(connections.Select(connection => connection.Disposed.Task)).WaitAsync(Deadline);

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                await ready.WaitAsync(unbound.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }

            Assert.True(events.TryDequeue(out object? next));
            if (next is Exception failure)
            {
                throw failure;
            }

            connections.Add((FakeConnection)next!);
            taken.TrySetResult();
            return (FakeConnection)next!;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default) => await unbound.CancelAsync();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Add(object next)
        {
            events.Enqueue(next);
            ready.Release();
        }
    }

    private sealed class FakeConnection(Pipe sent)
        : DefaultConnectionContext(Guid.NewGuid().ToString(), new Duplex(sent.Reader), new Duplex(sent.Reader))
    {
        private readonly CancellationTokenSource closed = new();

        public override CancellationToken ConnectionClosed
        {
            get => closed.Token;

            // The base class sets one of its own, which nothing ever cancels.
            set => _ = value;
        }

        public override EndPoint? RemoteEndPoint { get; set; } = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 7);

        public TaskCompletionSource Disposed { get; } = new();

        public override void Abort(ConnectionAbortedException abortReason) => closed.Cancel();

        public override async ValueTask DisposeAsync()
        {
            await closed.CancelAsync();
            Disposed.TrySetResult();
            await base.DisposeAsync();
        }
    }

    private sealed class Duplex(PipeReader input) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output { get; } = new Pipe().Writer;
    }

    private sealed class NotedLog : ILogger
    {
        private readonly ConcurrentQueue<string> lines = new();

        public IEnumerable<string> Lines => lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(LoggedLine.Text(state, exception, formatter));

        public async Task UntilAsync(string line, int times = 1)
        {
            using CancellationTokenSource late = new(Deadline);
            while (lines.Count(told => told.Contains(line, StringComparison.Ordinal)) < times)
            {
                await Task.Delay(2, late.Token);
            }
        }
    }
}
