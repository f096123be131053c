using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Netcd.ClientTests.Telemetry;

/// <summary>What the client logs; as a factory, or as a provider beside others.</summary>
internal sealed class RecordingLog : ILoggerFactory, ILoggerProvider, ILogger
{
    public ConcurrentQueue<(int Id, Dictionary<string, object?> Values)> Events { get; } = new();

    public ILogger CreateLogger(string categoryName) => categoryName == "Netcd.Client" ? this : new RecordingLog();

    public void AddProvider(ILoggerProvider provider)
    {
        // There is none but this.
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Events.Enqueue((eventId.Id, ((IEnumerable<KeyValuePair<string, object?>>)state!).ToDictionary()));
}
