using System.Text;
using System.Text.Json;

namespace Netcd.Engine.Membership;

/// <summary>A downgrade as etcd stores it: <c>{"target-version":"3.5.0","enabled":true}</c>.</summary>
internal static class DowngradeRecord
{
    /// <summary>The version that the cluster is being taken down to; null where it is not.</summary>
    /// <exception cref="JsonException">It is no such record.</exception>
    public static string? TargetOf(string? json)
    {
        if (json is null)
        {
            return null;
        }

        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        return root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("enabled", out JsonElement enabled) && enabled.ValueKind == JsonValueKind.True
            && root.TryGetProperty("target-version", out JsonElement target) && target.ValueKind == JsonValueKind.String
            ? target.GetString()
            : null;
    }

    /// <summary>The record of a downgrade to a version, or of none.</summary>
    public static byte[] Encode(string? target) => Encoding.UTF8.GetBytes(target is null
        ? """{"target-version":"","enabled":false}"""
        : $$"""{"target-version":"{{JsonEncodedText.Encode(target)}}","enabled":true}""");
}
