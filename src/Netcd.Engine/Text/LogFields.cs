using System.Globalization;
using System.Text.Json;

namespace Netcd.Engine.Text;

/// <summary>Writes the values of a line of the log as etcd writes them: typed, under names such as <c>remote-peer-id</c>.</summary>
public static class LogFields
{
    /// <summary>How a moment is written.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>The template of a message, which the framework passes among the values.</summary>
    public const string TemplateName = "{OriginalFormat}";

    /// <summary>Writes what a line has to say besides its message.</summary>
    public static void Write(Utf8JsonWriter json, object? state)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            return;
        }

        foreach ((string name, object? value) in values)
        {
            if (value is ILogFields fields)
            {
                Write(json, fields);
            }
            else if (name != TemplateName && value is not null)
            {
                // What is not there is left out, as etcd leaves an error out that is none.
                json.WritePropertyName(JsonNamingPolicy.KebabCaseLower.ConvertName(name));
                WriteValue(json, value);
            }
        }
    }

    private static void Write(Utf8JsonWriter json, ILogFields fields)
    {
        foreach ((string name, object? value) in fields.Names.Zip(fields.Values))
        {
            json.WritePropertyName(name);
            WriteValue(json, value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case uint number:
                json.WriteNumberValue(number);
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case TimeSpan duration:
                json.WriteStringValue(GoDuration.ToText(duration));
                break;
            case DateTimeOffset moment:
                json.WriteStringValue(moment.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
                break;
            case IEnumerable<object?> items:
                WriteItems(json, items);
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void WriteItems(Utf8JsonWriter json, IEnumerable<object?> items)
    {
        json.WriteStartArray();
        foreach (object? item in items)
        {
            WriteValue(json, item);
        }

        json.WriteEndArray();
    }
}
