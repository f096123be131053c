using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Node.Stages;
using Netcd.Server.Flight;

namespace Netcd.Server.Tests.Flight;

/// <summary>The last minutes of a member, as they are written out.</summary>
public sealed class FlightRecorderTests : IDisposable
{
    private const long Millisecond = 1_000_000;
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 9, 30, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();
    private readonly FlightRecorder recorder;
    private long now = 1_000 * Millisecond;

    public FlightRecorderTests() => recorder = new FlightRecorder(new MonotonicClock(() => now));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Steps_are_added_up_by_slots_and_long_ones_and_one_that_is_under_way_are_told_by_themselves()
    {
        StageFlight stage = recorder.Add("log");
        Step(stage, milliseconds: 2, waiting: 5);
        Step(stage, milliseconds: 60, waiting: 7);
        now = 2_000 * Millisecond;
        Step(stage, milliseconds: 1, waiting: 1);
        stage.Begin(now);
        now += 500 * Millisecond;
        Assert.Equal(
            [
                """{"kind":"stage","stage":"log","steps":2,"busy-ms":62,"longest-ms":60,"waiting":12,"most-waiting":7} 09:29:58.499000""",
                """{"kind":"long-step","stage":"log","took-ms":60,"waiting":7} 09:29:58.501000""",
                """{"kind":"stage","stage":"log","steps":1,"busy-ms":1,"longest-ms":1,"waiting":1,"most-waiting":1} 09:29:59.499000""",
                """{"kind":"running-step","stage":"log","took-ms":500} 09:29:59.500000""",
            ],
            Lines());
    }

    [Fact]
    public void Flushes_have_their_bytes_and_times()
    {
        recorder.Log.Wrote(100);
        recorder.Log.Wrote(20);
        recorder.Log.Flushed(now, 3 * Millisecond);
        recorder.Log.Wrote(7);
        recorder.Log.Flushed(now, 9 * Millisecond);
        recorder.Database.Wrote(4_096);
        recorder.Database.Flushed(now, Millisecond);
        Assert.Equal(
            [
                """{"kind":"flush","file":"wal","flushes":2,"took-ms":12,"longest-ms":9,"bytes":127,"most-bytes":120} 09:30:00.000000""",
                """{"kind":"flush","file":"db","flushes":1,"took-ms":1,"longest-ms":1,"bytes":4096,"most-bytes":4096} 09:30:00.000000""",
            ],
            Lines());
    }

    [Fact]
    public void Changes_of_the_leader_are_noted_at_once_and_where_raft_stands_once_a_slot()
    {
        RaftPosition first = new(new MemberId(0xab), 2, 10, 9, 2, false);
        recorder.Observe(first, now);
        recorder.Observe(first, now);
        recorder.Observe(first with { CommitIndex = 11 }, now + 1);
        recorder.Observe(first with { LeaderId = default }, now + 2);
        recorder.Observe(first with { CommitIndex = 12 }, now + 3);
        now += 1_000 * Millisecond;
        recorder.Observe(first with { CommitIndex = 20 }, now);
        Assert.Equal([(0xabUL, 10UL), (0UL, 10UL), (0xabUL, 12UL)], recorder.ReadLeaders().Select(static at => (at.Leader, at.Commit)));
        Assert.Equal([10UL, 10, 12, 20], recorder.ReadPositions().Select(static at => at.Commit));
    }

    [Fact]
    public void Collections_and_the_time_that_they_stopped_everything_are_noted()
    {
        RaftPosition position = new(new MemberId(0xab), 2, 10, 9, 2, false);
        recorder.Observe(position, now);
        GC.Collect();
        now += 1_000 * Millisecond;
        recorder.Observe(position with { CommitIndex = 11 }, now);
        CollectionRecord collection = recorder.ReadCollections()[^1];
        Assert.Equal(now, collection.At);
        Assert.InRange(collection.FullCollections, 1, collection.Collections);
        Assert.InRange(collection.Paused, 1, long.MaxValue);
        string begun = $$"""{"kind":"collection","collections":{{collection.Collections}},"full":{{collection.FullCollections}},""";
        Assert.Contains(Lines(), line => line.StartsWith(begun, StringComparison.Ordinal));
    }

    [Fact]
    public void It_holds_five_minutes_of_a_busy_stage_and_no_more()
    {
        StageFlight stage = recorder.Add("apply");
        for (int slot = 0; slot < 3 * FlightRecorder.Slots; slot++)
        {
            Step(stage, milliseconds: 1, waiting: slot);
            now += FlightRecorder.SlotNanoseconds;
        }

        List<StageSlot> slots = stage.ReadSlots();
        Assert.InRange(slots.Count, FlightRecorder.Slots - 1, FlightRecorder.Slots + 1);
        Assert.Equal((3 * FlightRecorder.Slots) - 1, slots[^1].MostWaiting);
        Assert.InRange((slots[^1].Began - slots[0].Began) / 1e9, 299, 301);
    }

    [Fact]
    public void To_note_a_step_costs_no_memory()
    {
        StageFlight stage = recorder.Add("apply");
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < 100_000; step++)
        {
            stage.Begin(now);
            stage.End(now, now += Millisecond, 3);
            recorder.Log.Wrote(10);
            recorder.Log.Flushed(now, 5);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task Whoever_looks_while_records_are_added_gets_whole_ones_in_their_order()
    {
        FlightRing<(long, long, long, long)> ring = new(16);
        using CancellationTokenSource enough = new(TimeSpan.FromSeconds(60));
        Task adding = Task.Run(
            () =>
            {
                for (long n = 0; !enough.IsCancellationRequested || n < 16; n++)
                {
                    ring.Add((n, n, n, n));
                }
            },
            TestContext.Current.CancellationToken);
        int seen = 0;
        long begun = Environment.TickCount64;
        while (!adding.IsCompleted)
        {
            // From the first that was seen on for a second, however late the other thread begins.
            begun = seen == 0 ? Environment.TickCount64 : begun;
            if (Environment.TickCount64 - begun > 1_000)
            {
                await enough.CancelAsync();
            }

            long last = -1;
            foreach ((long a, long b, long c, long d) in ring.Read())
            {
                Assert.Equal((a, a, a), (b, c, d));
                Assert.True(a > last);
                last = a;
                seen++;
            }
        }

        await adding;
        Assert.NotEqual(0, seen);
        Assert.Equal(15, ring.Read().Count);
    }

    [Fact]
    public void Files_are_private_and_the_newest_eight_are_kept()
    {
        SettableClock clock = new();
        FlightFiles files = new(recorder, folder.At("data"), clock, NullLogger.Instance);
        for (int n = 0; n < 10; n++)
        {
            clock.Now = Now.AddMilliseconds(n);
            files.Write("test " + n);
        }

        string[] names = [.. Directory.GetFiles(Path.Combine(folder.At("data"), "netcd")).Order(StringComparer.Ordinal)];
        Assert.Equal(
            Enumerable.Range(2, FlightFiles.Kept).Select(static n => $"flight-20260301T093000.00{n}Z.jsonl"),
            names.Select(Path.GetFileName));
        Assert.Equal("test 9", (string?)JsonNode.Parse(File.ReadLines(names[^1]).First())!["reason"]);
        foreach (string name in names)
        {
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(name) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Fact]
    public void Where_no_file_can_be_written_nobody_is_hurt()
    {
        File.WriteAllText(folder.At("data"), "");
        new FlightFiles(recorder, folder.At("data"), TimeProvider.System, NullLogger.Instance).Write("test");
        Assert.Equal("", File.ReadAllText(folder.At("data")));
    }

    private void Step(StageFlight stage, long milliseconds, int waiting)
    {
        long began = now;
        stage.Begin(began);
        now += milliseconds * Millisecond;
        stage.End(began, now, waiting);
    }

    /// <summary>The lines without the first, and their times behind them.</summary>
    private string[] Lines() =>
    [
        .. Encoding.UTF8.GetString(FlightLines.Of(recorder, "test", Now).Span)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Select(static line =>
            {
                JsonObject fields = JsonNode.Parse(line)!.AsObject();
                string time = ((string?)fields["ts"])!["yyyy-mm-ddT".Length..].TrimEnd('Z');
                fields.Remove("ts");
                return fields.ToJsonString() + " " + time;
            }),
    ];

    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
