using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Netcd.Client.Maintenance;

namespace Netcd.Tools.Ctl.Live;

/// <summary>A view of a cluster as one JSON object on a line.</summary>
internal static class TopJson
{
    public static string Of(IReadOnlyList<MemberRow> rows, DateTimeOffset now)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteStartArray("members");
            foreach (MemberRow row in rows)
            {
                Write(json, row);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, MemberRow row)
    {
        json.WriteStartObject();
        json.WriteString("endpoint", row.Sample.Endpoint);
        json.WriteBoolean("answers", row.Sample.Status is not null);
        if (row.Sample.Status is { } status)
        {
            Write(json, row, status);
        }

        WriteTexts(json, "errors", (row.Sample.Status?.Errors ?? []).Append(row.Sample.Error).Where(static text => text.Length > 0));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, MemberRow row, MemberStatus status)
    {
        json.WriteString("name", row.Name);
        json.WriteNumber("id", status.Header.MemberId);
        json.WriteString("version", status.Version);
        json.WriteBoolean("is_leader", row.IsLeader);
        json.WriteBoolean("is_learner", status.IsLearner);
        json.WriteNumber("raft_term", status.RaftTerm);
        json.WriteNumber("raft_index", status.RaftIndex);
        json.WriteNumber("raft_applied_index", status.RaftAppliedIndex);
        json.WriteNumber("revision", status.Header.Revision);
        WriteNumber(json, "revisions_per_second", row.RevisionsPerSecond);
        WriteNumber(json, "raft_entries_per_second", row.EntriesPerSecond);
        WriteNumber(json, "latency_ms", row.Sample.Latency?.TotalMilliseconds);
        json.WriteNumber("db_size", status.DatabaseBytes);
        json.WriteNumber("db_size_in_use", status.DatabaseBytesInUse);
        WriteNumber(json, "quota", status.QuotaBytes > 0 ? status.QuotaBytes : null);
        WriteNumber(json, "quota_share", row.QuotaShare);
        WriteTexts(json, "alarms", row.Alarms);
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, Math.Round(number, 3));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
