using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Netcd.RepositoryTests;

/// <summary>An event of the log, as the source declares it or the documentation lists it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Level">As it stands in a line.</param>
/// <param name="Message">The message.</param>
/// <param name="Fields">The names of its values, in their order.</param>
internal sealed record LogEvent(int Id, string Name, string Level, string Message, string Fields)
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The methods that log, with what they declare.</summary>
    public static IEnumerable<(MethodInfo Method, LogEvent Event)> Declared() =>
        from assembly in (string[])["Netcd.Storage", "Netcd.Engine", "Netcd.Server", "Netcd.Client"]
        from type in Assembly.Load(assembly).GetTypes()
        from method in type.GetMethods(All)
        let declaration = method.GetCustomAttribute<LoggerMessageAttribute>()
        where declaration is not null
        select (method, new LogEvent(
            declaration.EventId,
            declaration.EventName ?? method.Name,
            Text(declaration.Level),
            declaration.Message.Trim(),
            string.Join(", ", FieldsOf(method))));

    /// <summary>The rows of a document that list events: id, event, level, message, fields, when.</summary>
    public static IEnumerable<LogEvent> ListedIn(string path) =>
        from line in File.ReadLines(path)
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells.Length == 8 && int.TryParse(cells[1], out _)
        select new LogEvent(int.Parse(cells[1], System.Globalization.CultureInfo.InvariantCulture), cells[2], cells[3], cells[4], cells[5]);

    /// <summary>What the writer makes of the arguments, an exception last.</summary>
    private static IEnumerable<string> FieldsOf(MethodInfo method)
    {
        ParameterInfo[] values =
            [.. method.GetParameters().Where(static parameter => !typeof(ILogger).IsAssignableFrom(parameter.ParameterType))];
        return values.Where(static value => !IsException(value)).SelectMany(NamesOf)
            .Concat(values.Where(IsException).Select(static _ => "error"));
    }

    /// <summary>A value's name, or those of the values that it is made of.</summary>
    private static IEnumerable<string> NamesOf(ParameterInfo value) =>
        value.ParameterType.GetInterface("ILogFields") is { } several
            ? (IEnumerable<string>)several.GetProperty("Names")!.GetValue(RuntimeHelpers.GetUninitializedObject(value.ParameterType))!
            : [JsonNamingPolicy.KebabCaseLower.ConvertName(value.Name!)];

    private static bool IsException(ParameterInfo parameter) => typeof(Exception).IsAssignableFrom(parameter.ParameterType);

    private static string Text(LogLevel level) => level switch
    {
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        LogLevel.Critical => "fatal",
        _ => level.ToString(),
    };
}
