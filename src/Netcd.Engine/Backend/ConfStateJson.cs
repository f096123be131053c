using System.Buffers;
using System.Text.Json;
using Netcd.Raft;

namespace Netcd.Engine.Backend;

/// <summary>Raft's configuration as etcd keeps it in the backend's <c>meta</c> bucket: JSON with raft's field names.</summary>
internal static class ConfStateJson
{
    public static byte[] Encode(ConfState confState)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            WriteIds(json, "voters", confState.Voters);
            WriteIds(json, "learners", confState.Learners);
            WriteIds(json, "voters_outgoing", confState.VotersOutgoing);
            WriteIds(json, "learners_next", confState.LearnersNext);
            json.WriteBoolean("auto_leave", confState.AutoLeave);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="JsonException">It is not a configuration.</exception>
    public static ConfState Decode(ReadOnlySpan<byte> bytes)
    {
        Utf8JsonReader reader = new(bytes);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        try
        {
            return Decode(document.RootElement);
        }
        catch (Exception failure) when (failure is InvalidOperationException or FormatException)
        {
            throw new JsonException("not a configuration of raft: " + failure.Message, failure);
        }
    }

    private static ConfState Decode(JsonElement root) => new()
    {
        Voters = ReadIds(root, "voters"),
        Learners = ReadIds(root, "learners"),
        VotersOutgoing = ReadIds(root, "voters_outgoing"),
        LearnersNext = ReadIds(root, "learners_next"),
        AutoLeave = root.TryGetProperty("auto_leave", out JsonElement autoLeave) && autoLeave.GetBoolean(),
    };

    private static void WriteIds(Utf8JsonWriter json, string name, IReadOnlyList<ulong> ids)
    {
        if (ids.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (ulong id in ids)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
    }

    private static List<ulong> ReadIds(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(id => id.GetUInt64())]
            : [];
}
