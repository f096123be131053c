using System.Globalization;

namespace Netcd.Testing.Logging;

/// <summary>A line of the log for a test or a trace: the message, which is the same for every event of its kind, and its values.</summary>
public static class LoggedLine
{
    private const string Template = "{OriginalFormat}";

    /// <summary>The line's text, such as <c>saved snapshot snapshotIndex=7</c>.</summary>
    public static string Text<TState>(TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string message = formatter(state, exception);
        IEnumerable<string> values = state is IReadOnlyList<KeyValuePair<string, object?>> fields
            ? fields.Where(static field => field.Key != Template)
                .Select(static field => $"{field.Key}={Convert.ToString(field.Value, CultureInfo.InvariantCulture)}")
            : [];
        return string.Join(' ', values.Prepend(message));
    }
}
