using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Output;

/// <summary>An answer of some values, each with its names in the formats that have names.</summary>
internal sealed class Report(params IReadOnlyList<ReportValue> values)
{
    /// <summary>Writes it.</summary>
    /// <exception cref="CommandFailure">The format is none for it.</exception>
    public void Write(OutputFormat format, TextWriter output)
    {
        switch (format)
        {
            case OutputFormat.Simple:
                output.WriteLine(string.Join(", ", values.Select(static value => value.Shown)));
                break;
            case OutputFormat.Fields:
                foreach (ReportValue value in values)
                {
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\"{value.FieldName}\" : {value.Raw}"));
                }

                break;
            case OutputFormat.Json:
                output.WriteLine(Json());
                break;
            case OutputFormat.Table:
                output.Write(Table.Of(
                    [.. values.Select(static value => value.Title)], [[.. values.Select(static value => value.Shown)]]));
                break;
            default:
                throw new CommandFailure(ExitCodes.BadFeature, "protobuf not supported as output format");
        }
    }

    private string Json()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            foreach (ReportValue value in values)
            {
                json.WritePropertyName(value.JsonName);
                if (value.Raw is string text)
                {
                    json.WriteStringValue(text);
                }
                else
                {
                    json.WriteRawValue(Convert.ToString(value.Raw, CultureInfo.InvariantCulture)!);
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

/// <summary>A value of a report.</summary>
/// <param name="Title">Its name above a column.</param>
/// <param name="FieldName">Its name in a line of its own.</param>
/// <param name="JsonName">Its name in JSON.</param>
/// <param name="Raw">The value: a whole number or a text.</param>
/// <param name="Shown">The value as people read it.</param>
internal sealed record ReportValue(string Title, string FieldName, string JsonName, object Raw, string Shown)
{
    /// <summary>A value that people read as it is.</summary>
    public ReportValue(string title, string fieldName, string jsonName, object raw)
        : this(title, fieldName, jsonName, raw, Convert.ToString(raw, CultureInfo.InvariantCulture)!)
    {
    }
}
