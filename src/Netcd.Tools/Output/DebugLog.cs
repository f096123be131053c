using Microsoft.Extensions.Logging;

namespace Netcd.Tools.Output;

/// <summary>What the client does, for whoever looks for the reason of something.</summary>
internal sealed class DebugLog(TextWriter output) : ILoggerFactory
{
    private readonly TextWriter output = TextWriter.Synchronized(output);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => new ToolLog(output, TimeProvider.System, categoryName, LogLevel.Trace);

    public void Dispose()
    {
        // The writer is not ours.
    }
}
