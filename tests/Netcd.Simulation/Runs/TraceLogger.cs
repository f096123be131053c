using Microsoft.Extensions.Logging;
using Netcd.Testing.Logging;

namespace Netcd.Simulation.Runs;

/// <summary>Puts what an engine logs into the trace.</summary>
internal sealed class TraceLogger(Trace trace, string member) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            trace.Line(member, $"log: {LoggedLine.Text(state, exception, formatter)}");
        }
    }
}
