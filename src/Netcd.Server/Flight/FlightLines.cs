using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Netcd.Server.Flight;

/// <summary>What the recorder holds, as JSON: an object a line, in the order of time behind the first, which says what it is.</summary>
internal static class FlightLines
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>The lines.</summary>
    /// <param name="recorder">The recorder.</param>
    /// <param name="reason">Why they are written.</param>
    /// <param name="now">The time of the wall clock.</param>
    public static ReadOnlyMemory<byte> Of(FlightRecorder recorder, string reason, DateTimeOffset now)
    {
        long monotonic = recorder.Clock.Now;
        DateTimeOffset Moment(long at) => now.AddTicks((at - monotonic) / TimeSpan.NanosecondsPerTick);
        ArrayBufferWriter<byte> lines = new();
        Write(lines, json =>
        {
            json.WriteString("kind", "flight");
            WriteTime(json, now);
            json.WriteString("reason", reason);
            json.WriteString("netcd-version", ServerIdentity.NetcdVersion);
            json.WriteNumber("process", Environment.ProcessId);
            json.WriteNumber("slot-ms", FlightRecorder.SlotNanoseconds / NanosecondsPerMillisecond);
        });
        foreach ((long at, Action<Utf8JsonWriter> write) in Records(recorder, monotonic).OrderBy(static record => record.At))
        {
            Write(lines, json =>
            {
                WriteTime(json, Moment(at));
                write(json);
            });
        }

        return lines.WrittenMemory;
    }

    private static IEnumerable<(long At, Action<Utf8JsonWriter> Write)> Records(FlightRecorder recorder, long now)
    {
        foreach (StageFlight stage in recorder.Stages)
        {
            foreach ((long At, Action<Utf8JsonWriter> Write) record in Records(stage, now))
            {
                yield return record;
            }
        }

        foreach (FlushFlight file in (FlushFlight[])[recorder.Log, recorder.Database])
        {
            foreach (FlushSlot slot in file.ReadSlots())
            {
                yield return (slot.Began, json => Write(json, file.Name, slot));
            }
        }

        foreach (PositionRecord position in recorder.ReadPositions())
        {
            yield return (position.At, json => Write(json, "position", position));
        }

        foreach (PositionRecord leader in recorder.ReadLeaders())
        {
            yield return (leader.At, json => Write(json, "leader", leader));
        }

        foreach (CollectionRecord collection in recorder.ReadCollections())
        {
            yield return (collection.At, json => Write(json, collection));
        }
    }

    private static IEnumerable<(long At, Action<Utf8JsonWriter> Write)> Records(StageFlight stage, long now)
    {
        foreach (StageSlot slot in stage.ReadSlots())
        {
            yield return (slot.Began, json => Write(json, stage.Name, slot));
        }

        foreach (LongStep step in stage.ReadLongSteps())
        {
            yield return (step.Began, json => Write(json, "long-step", stage.Name, step.Took, step.Waiting));
        }

        // A stage that is stuck shows here and nowhere else.
        if (stage.StepBegan is > 0 and long began)
        {
            yield return (began, json => Write(json, "running-step", stage.Name, now - began, null));
        }
    }

    private static void Write(Utf8JsonWriter json, string stage, StageSlot slot)
    {
        json.WriteString("kind", "stage");
        json.WriteString("stage", stage);
        json.WriteNumber("steps", slot.Steps);
        WriteTime(json, "busy-ms", slot.Busy);
        WriteTime(json, "longest-ms", slot.Longest);
        json.WriteNumber("waiting", slot.Waiting);
        json.WriteNumber("most-waiting", slot.MostWaiting);
    }

    private static void Write(Utf8JsonWriter json, string file, FlushSlot slot)
    {
        json.WriteString("kind", "flush");
        json.WriteString("file", file);
        json.WriteNumber("flushes", slot.Flushes);
        WriteTime(json, "took-ms", slot.Took);
        WriteTime(json, "longest-ms", slot.Longest);
        json.WriteNumber("bytes", slot.Bytes);
        json.WriteNumber("most-bytes", slot.MostBytes);
    }

    private static void Write(Utf8JsonWriter json, string kind, PositionRecord position)
    {
        json.WriteString("kind", kind);
        json.WriteString("leader-member-id", position.Leader.ToString("x", CultureInfo.InvariantCulture));
        json.WriteNumber("term", position.Term);
        json.WriteNumber("commit-index", position.Commit);
        json.WriteNumber("applied-index", position.Applied);
    }

    private static void Write(Utf8JsonWriter json, CollectionRecord collection)
    {
        json.WriteString("kind", "collection");
        json.WriteNumber("collections", collection.Collections);
        json.WriteNumber("full", collection.FullCollections);
        WriteTime(json, "paused-ms", collection.Paused);
    }

    private static void Write(Utf8JsonWriter json, string kind, string stage, long took, int? waiting)
    {
        json.WriteString("kind", kind);
        json.WriteString("stage", stage);
        WriteTime(json, "took-ms", took);
        if (waiting is { } count)
        {
            json.WriteNumber("waiting", count);
        }
    }

    private static void WriteTime(Utf8JsonWriter json, DateTimeOffset moment) =>
        json.WriteString("ts", moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));

    private static void WriteTime(Utf8JsonWriter json, string name, long nanoseconds) =>
        json.WriteNumber(name, Math.Round(nanoseconds / NanosecondsPerMillisecond, 3));

    private static void Write(ArrayBufferWriter<byte> lines, Action<Utf8JsonWriter> write)
    {
        using (Utf8JsonWriter json = new(lines))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        lines.Write("\n"u8);
    }
}
