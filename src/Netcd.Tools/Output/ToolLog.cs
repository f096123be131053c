using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Text;

namespace Netcd.Tools.Output;

/// <summary>A tool's log, in columns as etcd's tools have it: time, level, who, message and its values.</summary>
/// <param name="output">Where it is written.</param>
/// <param name="time">The clock.</param>
/// <param name="name">Who writes it.</param>
/// <param name="least">The lowest level that is written.</param>
internal sealed class ToolLog(TextWriter output, TimeProvider time, string name = "utl", LogLevel least = LogLevel.Information) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    // Native code holds a copy of this method for each message there is: it is to stay short.
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Write(logLevel, formatter(state, exception), state);
        }
    }

    private void Write(LogLevel logLevel, string message, object? state)
    {
        ArrayBufferWriter<byte> fields = new();
        using (Utf8JsonWriter json = new(fields, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            LogFields.Write(json, state);
            json.WriteEndObject();
        }

        string now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        string level = logLevel switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            _ => "error",
        };
        output.WriteLine(string.Join('\t', now, level, name, message, Encoding.UTF8.GetString(fields.WrittenSpan)));
    }
}
