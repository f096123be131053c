using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Netcd.Engine.Membership;

/// <summary>One member of the cluster.</summary>
/// <param name="Id">Its id, made from its peer URLs and the cluster's token.</param>
/// <param name="Name">Its name; empty until it has started once.</param>
/// <param name="PeerUrls">Where other members reach it.</param>
/// <param name="ClientUrls">Where clients reach it; empty until it has started once.</param>
/// <param name="IsLearner">Whether it receives the log without a vote.</param>
public sealed record Member(
    ulong Id, string Name, IReadOnlyList<string> PeerUrls, IReadOnlyList<string> ClientUrls, bool IsLearner)
{
    /// <summary>The id as it is written everywhere: lower-case hexadecimal without leading zeros.</summary>
    public string HexId => Id.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>The id of a member: the first 8 bytes of a SHA-1 over its sorted peer URLs and the cluster's token.</summary>
    /// <param name="peerUrls">The peer URLs in any order.</param>
    /// <param name="clusterToken">The <c>--initial-cluster-token</c>.</param>
    public static ulong IdOf(IEnumerable<string> peerUrls, string clusterToken) =>
        FirstBytesOfSha1(Encoding.UTF8.GetBytes(string.Concat(peerUrls.Order(StringComparer.Ordinal)) + clusterToken));

    /// <summary>The id of a cluster: the first 8 bytes of a SHA-1 over its members' ids in ascending order.</summary>
    public static ulong ClusterIdOf(IEnumerable<ulong> memberIds)
    {
        ArrayBufferWriter<byte> bytes = new();
        foreach (ulong id in memberIds.Order())
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.GetSpan(sizeof(ulong)), id);
            bytes.Advance(sizeof(ulong));
        }

        return FirstBytesOfSha1(bytes.WrittenSpan);
    }

    /// <summary>The JSON form that stands in configuration changes and in the backend.</summary>
    public byte[] ToJson() => ToJson(isPromotion: null);

    /// <summary>The JSON form with what a configuration change says besides.</summary>
    internal byte[] ToJson(bool? isPromotion)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("id", Id);
            WriteUrls(json, "peerURLs", PeerUrls);
            if (IsLearner)
            {
                json.WriteBoolean("isLearner", true);
            }

            if (Name.Length > 0)
            {
                json.WriteString("name", Name);
            }

            if (ClientUrls.Count > 0)
            {
                WriteUrls(json, "clientURLs", ClientUrls);
            }

            if (isPromotion is { } flag)
            {
                json.WriteBoolean("isPromote", flag);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the JSON form.</summary>
    /// <exception cref="JsonException">It is not well-formed, or no member with an id.</exception>
    public static Member FromJson(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return FromJson(document.RootElement);
    }

    /// <summary>Reads the JSON form.</summary>
    /// <exception cref="JsonException">It is not a member with an id.</exception>
    internal static Member FromJson(JsonElement root)
    {
        try
        {
            return Parse(root);
        }
        catch (Exception failure) when (failure is InvalidOperationException or FormatException)
        {
            throw new JsonException("not a member record: " + failure.Message, failure);
        }
    }

    private static Member Parse(JsonElement root)
    {
        if (!root.TryGetProperty("id", out JsonElement id))
        {
            throw new JsonException("a member record has no id");
        }

        return new Member(
            id.GetUInt64(),
            root.TryGetProperty("name", out JsonElement name) ? name.GetString() ?? "" : "",
            ReadUrls(root, "peerURLs"),
            ReadUrls(root, "clientURLs"),
            root.TryGetProperty("isLearner", out JsonElement isLearner) && isLearner.GetBoolean());
    }

    private static void WriteUrls(Utf8JsonWriter json, string name, IReadOnlyList<string> urls)
    {
        json.WriteStartArray(name);
        foreach (string url in urls)
        {
            json.WriteStringValue(url);
        }

        json.WriteEndArray();
    }

    private static List<string> ReadUrls(JsonElement root, string name)
    {
        List<string> urls = [];
        if (root.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement url in list.EnumerateArray())
            {
                urls.Add(url.GetString() ?? "");
            }
        }

        return urls;
    }

    // The hash is a wire fact (ids are compared between members), not a protection.
#pragma warning disable CA5350
    private static ulong FirstBytesOfSha1(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64BigEndian(SHA1.HashData(bytes));
#pragma warning restore CA5350
}
