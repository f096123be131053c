using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Text;

namespace Netcd.Server.Configuration;

/// <summary>
/// Writes the log as etcd does, a line an event: level, time, message and its fields. The message of an event is always the same, its
/// values stand in the fields alone, so that a search or an alert can rely on it. What the web framework logs is the exception: its
/// messages have values in them.
/// </summary>
internal static class LogOutput
{
    /// <summary>
    /// A factory whose loggers write to one place, lines never mixed. Of lines that are alike only some are written
    /// (<see cref="LogSampling"/>).
    /// </summary>
    public static ILoggerFactory Create(LogLevelSwitch level, LogFormat format, TextWriter output) =>
        new Factory(level, format, TextWriter.Synchronized(output), new LogSampling(TimeProvider.System));

    private sealed class Factory(LogLevelSwitch level, LogFormat format, TextWriter output, LogSampling sampling) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => new Logger(categoryName, level, format, output, sampling);

        public void AddProvider(ILoggerProvider provider)
        {
            // The one output is given at the start.
        }

        public void Dispose() => output.Flush();
    }

    private sealed class Logger(string category, LogLevelSwitch level, LogFormat format, TextWriter output, LogSampling sampling) : ILogger
    {
        private readonly bool isFramework = category.StartsWith("Microsoft.", StringComparison.Ordinal)
            || category.StartsWith("Grpc.", StringComparison.Ordinal);

        private readonly bool isSilent = category.StartsWith("Microsoft.AspNetCore.Hosting", StringComparison.Ordinal)
            || category.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LeastOf(level.Least) && logLevel != LogLevel.None;

        // Native code holds a copy of this method for each message there is: it is to stay short.
        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Write(logLevel, eventId, formatter(state, exception), state, exception);
            }
        }

        private void Write(LogLevel logLevel, EventId eventId, string message, object? state, Exception? exception)
        {
            if (!sampling.Takes(logLevel, Template(state) ?? category))
            {
                return;
            }

            ArrayBufferWriter<byte> line = new();
            string time = DateTime.UtcNow.ToString(LogFields.TimeFormat, CultureInfo.InvariantCulture);
            string caller = eventId.Name is { } name ? $"{category}/{name}" : category;
            using (Utf8JsonWriter json = new(line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                json.WriteStartObject();
                if (format == LogFormat.Json)
                {
                    json.WriteString("level", LogLevelSwitch.NameOf(logLevel));
                    json.WriteString("ts", time);
                    json.WriteString("logger", category);
                    json.WriteString("caller", caller);
                    json.WriteString("msg", message);
                    if (eventId.Id != 0)
                    {
                        json.WriteNumber("event-id", eventId.Id);
                    }
                }

                LogFields.Write(json, state);
                if (exception is not null)
                {
                    json.WriteString("error", exception.ToString());
                }

                json.WriteEndObject();
            }

            string fields = Encoding.UTF8.GetString(line.WrittenSpan);
            WriteLine(format == LogFormat.Json ? fields : Columns(time, LogLevelSwitch.NameOf(logLevel), caller, message, fields));
        }

        /// <summary>A disk that is full, or a reader that has gone, costs lines of the log and nothing else.</summary>
        private void WriteLine(string line)
        {
            try
            {
                output.WriteLine(line);
            }
            catch (IOException)
            {
                // There is nobody to tell.
            }
        }

        /// <summary>
        /// What the framework says of every request is for those who look for its faults. Its hosting category stays silent
        /// otherwise: as long as anything of it is enabled it makes a trace activity for each request.
        /// </summary>
        private LogLevel LeastOf(LogLevel least)
        {
            if (!isFramework)
            {
                return least;
            }

            return least <= LogLevel.Debug ? LogLevel.Information
                : isSilent ? LogLevel.None
                : LogLevel.Error;
        }

        private static string Columns(string time, string level, string caller, string message, string fields) =>
            string.Join('\t', fields == "{}" ? [time, level, caller, message] : (string[])[time, level, caller, message, fields]);

        private static string? Template(object? state) =>
            state is IReadOnlyList<KeyValuePair<string, object?>> { Count: > 0 } fields
                && fields[^1] is { Key: LogFields.TemplateName, Value: string template }
                ? template
                : null;
    }
}
