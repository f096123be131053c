using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Netcd.Engine.Node;
using Netcd.Raft;
using Netcd.Server.Configuration;
using Netcd.Server.EngineAccess;
using Netcd.Server.Running;

namespace Netcd.Server.Monitoring;

/// <summary><c>/debug/vars</c>: what Go programs show there, with the values that this runtime has for them.</summary>
internal sealed class DebugVariables(EngineClient gate)
{
    private static readonly JsonWriterOptions Encoding = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly EtcdNode node = gate.Node;

    /// <summary>Answers with them.</summary>
    public async Task WriteAsync(HttpContext http)
    {
        Status raft = await gate.QueryRaftAsync(http.RequestAborted).ConfigureAwait(false);
        StringBuilder page = new("{\n");
        page.Append("\"cmdline\": ").Append(Json(WriteCommandLine)).Append(",\n");
        page.Append("\"file_descriptor_limit\": ").Append(FileDescriptors.Limit() ?? 0).Append(",\n");
        page.Append("\"memstats\": ").Append(Json(WriteMemory)).Append(",\n");
        page.Append("\"raft.status\": ").Append(Json(json => WriteRaft(json, raft))).Append("\n}\n");
        http.Response.ContentType = "application/json; charset=utf-8";
        await http.Response.WriteAsync(page.ToString(), http.RequestAborted).ConfigureAwait(false);
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Encoding))
        {
            write(json);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteCommandLine(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (string argument in ShownArguments.Of(Environment.GetCommandLineArgs()))
        {
            json.WriteStringValue(argument);
        }

        json.WriteEndArray();
    }

    /// <summary>The fields of Go's runtime that mean the same here.</summary>
    private static void WriteMemory(Utf8JsonWriter json)
    {
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        long used = GC.GetTotalMemory(forceFullCollection: false);
        json.WriteStartObject();
        json.WriteNumber("Alloc", used);
        json.WriteNumber("TotalAlloc", GC.GetTotalAllocatedBytes());
        json.WriteNumber("Sys", Environment.WorkingSet);
        json.WriteNumber("HeapAlloc", used);
        json.WriteNumber("HeapSys", memory.TotalCommittedBytes);
        json.WriteNumber("HeapInuse", memory.HeapSizeBytes);
        json.WriteNumber("HeapIdle", Math.Max(0, memory.TotalCommittedBytes - memory.HeapSizeBytes));
        json.WriteNumber("PauseTotalNs", GC.GetTotalPauseDuration().Ticks * TimeSpan.NanosecondsPerTick);
        json.WriteNumber("NumGC", GC.CollectionCount(0));
        json.WriteBoolean("EnableGC", true);
        json.WriteEndObject();
    }

    private void WriteRaft(Utf8JsonWriter json, Status raft)
    {
        BasicStatus basic = raft.Basic;
        json.WriteStartObject();
        json.WriteString("id", Hex(node.MemberId));
        json.WriteNumber("term", basic.HardState.Term);
        json.WriteString("vote", Hex(basic.HardState.Vote));
        json.WriteNumber("commit", basic.HardState.Commit);
        json.WriteString("lead", Hex(basic.SoftState.Leader));
        json.WriteString("raftState", NameOf(basic.SoftState.Role));
        json.WriteNumber("applied", node.Position.AppliedIndex);
        json.WriteStartObject("progress");
        foreach ((ulong id, ProgressStatus progress) in raft.Progress)
        {
            json.WriteStartObject(Hex(id));
            json.WriteNumber("match", progress.Match);
            json.WriteNumber("next", progress.Next);
            json.WriteString("state", "State" + progress.State);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteString("leadtransferee", Hex(basic.LeadTransferee));
        json.WriteEndObject();
    }

    private static string NameOf(RaftRole role) => role switch
    {
        RaftRole.Leader => "StateLeader",
        RaftRole.Follower => "StateFollower",
        RaftRole.Candidate => "StateCandidate",
        _ => "StatePreCandidate",
    };

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
