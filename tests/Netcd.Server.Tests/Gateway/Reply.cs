using System.Text.Json.Nodes;

namespace Netcd.Server.Tests.Gateway;

/// <summary>What came back.</summary>
public sealed record Reply(int Status, string ContentType, string Body, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The body as JSON.</summary>
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    /// <summary>Reads a response.</summary>
    public static async Task<Reply> FromAsync(HttpResponseMessage response)
    {
        using (response)
        {
            Dictionary<string, string> headers = response.Headers.Concat(response.Content.Headers)
                .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
            string body = await response.Content.ReadAsStringAsync();
            return new Reply((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "", body, headers);
        }
    }

    /// <summary>The body without the header, which differs from run to run.</summary>
    public string WithoutHeader()
    {
        JsonObject json = Json;
        json.Remove("header");
        return json.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
