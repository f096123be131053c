using System.Text.Json;

namespace Netcd.Server.Configuration;

/// <summary>When the file of the log makes room for a new one, and what becomes of it (<c>--log-rotation-config-json</c>).</summary>
/// <param name="MaxMegabytes">MiB at which a new file begins; 100 where it is 0.</param>
/// <param name="MaxAgeDays">Days after which an old file is deleted; 0 for never.</param>
/// <param name="MaxBackups">Old files that are kept; 0 for all.</param>
/// <param name="IsLocalTime">Whether the names of old files have the local time, else UTC.</param>
/// <param name="IsCompressed">Whether old files are compressed with gzip.</param>
public sealed record LogRotation(long MaxMegabytes, long MaxAgeDays, long MaxBackups, bool IsLocalTime, bool IsCompressed)
{
    private const long DefaultMaxMegabytes = 100;
    private const long BytesPerMegabyte = 1024 * 1024;

    /// <summary>Bytes that a file may have.</summary>
    public long MaxBytes => Math.Min(MaxMegabytes == 0 ? DefaultMaxMegabytes : MaxMegabytes, long.MaxValue / BytesPerMegabyte)
        * BytesPerMegabyte;

    /// <summary>Reads the flag's JSON object; keys may be written in any case, and others than these are passed over, as in etcd.</summary>
    /// <exception cref="ConfigurationException">It is not such an object.</exception>
    internal static LogRotation Parse(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind switch
            {
                JsonValueKind.Object => Read(document.RootElement),
                JsonValueKind.Null => new LogRotation(0, 0, 0, false, false),
                _ => throw Invalid($"a JSON object is expected, not {document.RootElement.GetRawText()}"),
            };
        }
        catch (JsonException failure)
        {
            throw new ConfigurationException($"improperly formatted log rotation config: {failure.Message}");
        }
    }

    private static LogRotation Read(JsonElement settings) => new(
        Number(settings, "maxsize"),
        Number(settings, "maxage"),
        Number(settings, "maxbackups"),
        Switch(settings, "localtime"),
        Switch(settings, "compress"));

    /// <summary>Of a key that stands there twice the last one counts.</summary>
    private static JsonElement? Find(JsonElement settings, string name)
    {
        JsonElement? found = null;
        foreach (JsonProperty property in settings.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind != JsonValueKind.Null)
            {
                found = property.Value;
            }
        }

        return found;
    }

    private static long Number(JsonElement settings, string name)
    {
        if (Find(settings, name) is not { } value)
        {
            return 0;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= 0
            ? number
            : throw Invalid($"{name} must be a whole number from 0, not {value.GetRawText()}");
    }

    private static bool Switch(JsonElement settings, string name) => Find(settings, name) is { } value
        && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Invalid($"{name} must be true or false, not {value.GetRawText()}"),
        };

    private static ConfigurationException Invalid(string why) => new("invalid log rotation config: " + why);
}
