using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Netcd.Interop.Gateway;

/// <summary>What the JSON gateway answers to a request, without what is each server's own.</summary>
internal sealed record GatewayAnswer(int Status, string Body)
{
    /// <summary>Ids, sizes, sums and terms of one server, and what the API of 3.6 adds to 3.5's.</summary>
    private static readonly HashSet<string> Own =
    [
        "cluster_id", "member_id", "raft_term", "hash", "hash_revision", "version", "dbSize", "dbSizeInUse", "raftIndex", "raftTerm",
        "raftAppliedIndex", "leader", "storageVersion", "dbSizeQuota", "downgradeInfo",
        "ID", "name", "peerURLs", "clientURLs", "blob", "remaining_bytes",
    ];

    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(40) };

    /// <summary>Posts a body to a path below <c>/v3/</c>; of a stream the first line counts.</summary>
    public static async Task<GatewayAnswer> OfAsync(string endpoint, string path, byte[] body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{endpoint}/v3/{path}") { Content = new ByteArrayContent(body) };
        using HttpResponseMessage response = await SendAsync(request, path, body);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(), Encoding.UTF8);
        string line = await reader.ReadLineAsync() ?? "";
        return new GatewayAnswer((int)response.StatusCode, Common(line));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string path, byte[] body)
    {
        try
        {
            return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            throw new InvalidOperationException($"no answer of {request.RequestUri} to {path} {Encoding.UTF8.GetString(body)}", failure);
        }
    }

    /// <summary>Posts a JSON text.</summary>
    public static Task<GatewayAnswer> OfAsync(string endpoint, string path, string body) =>
        OfAsync(endpoint, path, Encoding.UTF8.GetBytes(body));

    private static string Common(string line)
    {
        try
        {
            return Common(JsonNode.Parse(line))?.ToJsonString() ?? "null";
        }
        catch (JsonException)
        {
            return line;
        }
    }

    /// <summary>Go's protobuf library writes one of two kinds of space after "proto:", as each of its builds does at random.</summary>
    private static JsonNode? Common(JsonNode? node) => node switch
    {
        JsonObject json => new JsonObject(json.Where(static field => !Own.Contains(field.Key))
            .Select(static field => KeyValuePair.Create(field.Key, Common(field.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Common)]),
        JsonValue text when text.TryGetValue(out string? found) => JsonValue.Create(found.Replace('\u00A0', ' ')),
        _ => node?.DeepClone(),
    };
}
