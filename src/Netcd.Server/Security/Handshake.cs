using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Security;

/// <summary>A connection's handshake while it is under way, for the line of the log that says why it came to nothing.</summary>
internal sealed class Handshake
{
    private static readonly AsyncLocal<Handshake?> UnderWay = new();

    private bool isDone;
    private bool isLogged;
    private string serverName = "";
    private Exception? failure;

    /// <summary>Runs a handshake, and what comes after it; logs it where it fails.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="next">The handshake.</param>
    /// <param name="endpoint">Who connects: <c>client</c> or <c>peer</c>.</param>
    /// <param name="log">Where it is logged.</param>
    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, string endpoint, ILogger log)
    {
        Handshake handshake = new();
        connection.Features.Set(handshake);
        UnderWay.Value = handshake;
        EndPoint? remote = connection.RemoteEndPoint;
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        catch (Exception fault) when (!handshake.isDone)
        {
            // The framework's own reading of a hello is not proof against all that a stranger may send; what it throws is the stranger's
            // fault, and not one of the server's that somebody would have to look at.
            handshake.failure = fault;
        }

        if (!handshake.isDone && !handshake.isLogged)
        {
            log.RejectedConnection(endpoint, remote, handshake.serverName, HandshakeFault.Describe(handshake.failure));
        }
    }

    /// <summary>Goes on after the handshake, without a trace of it in what follows: calls are to flow lightly.</summary>
    public static Task Continue(ConnectionContext connection, ConnectionDelegate next)
    {
        connection.Features.Get<Handshake>()!.isDone = true;
        UnderWay.Value = null;
        return next(connection);
    }

    /// <summary>The connection's handshake.</summary>
    public static Handshake Of(BaseConnectionContext connection) => connection.Features.Get<Handshake>()!;

    /// <summary>Takes note of what the client has said, and logs where it speaks no version that the server does.</summary>
    public void Hear(SslClientHelloInfo hello, TlsOptions options, string endpoint, EndPoint? remote, ILogger log)
    {
        serverName = hello.ServerName;
        if ((hello.SslProtocols & options.Protocols) == 0)
        {
            string versions = HandshakeFault.Versions(hello.SslProtocols);
            Refuse(log, endpoint, remote, CertificateNames.None, $"tls: client offered only unsupported versions: [{versions}]");
        }
    }

    /// <summary>Logs why the client is refused; what the handshake says of it after that is not news.</summary>
    public void Refuse(ILogger log, string endpoint, EndPoint? remote, CertificateNames names, string reason)
    {
        isLogged = true;
        log.RejectedConnection(endpoint, remote, serverName, names, reason);
    }

    /// <summary>
    /// A log for Kestrel that keeps why a handshake failed: Kestrel says it there, at debug level, and nowhere else, and not whose it was.
    /// </summary>
    public sealed class Logging(ILoggerFactory inner) : ILoggerFactory
    {
        private const string Source = "Microsoft.AspNetCore.Server.Kestrel.Https.Internal.HttpsConnectionMiddleware";

        /// <inheritdoc/>
        public ILogger CreateLogger(string categoryName) =>
            categoryName == Source ? new Listener(inner.CreateLogger(categoryName)) : inner.CreateLogger(categoryName);

        /// <inheritdoc/>
        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        /// <summary>The log inside is not this one's to end.</summary>
        public void Dispose()
        {
        }
    }

    private sealed class Listener(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Notice(eventId.Name, exception);
            if (inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }

        private static void Notice(string? name, Exception? exception)
        {
            if (name is "AuthenticationFailed" or "AuthenticationTimedOut" && UnderWay.Value is { } handshake)
            {
                handshake.failure = exception ?? new OperationCanceledException();
            }
        }
    }
}
