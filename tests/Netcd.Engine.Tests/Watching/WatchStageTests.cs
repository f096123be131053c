using Google.Protobuf;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Watching;

/// <summary>Watches in the situations in which etcd's went wrong, and at the bounds of what they may cost.</summary>
public sealed class WatchStageTests
{
    private const long NoId = -1;

    private static readonly WatchSettings Settings = new() { FragmentBytes = 1000, ProgressMilliseconds = 100 };

    [Fact]
    public void A_deletion_at_the_compacted_revision_is_told_to_a_watch_that_starts_there()
    {
        using WatchFixture fixture = new(Settings);
        Put(fixture, "a", "1");
        Delete(fixture, "a");
        Put(fixture, "b", "1");
        fixture.Compact(3);
        fixture.RunCompactions();
        TestStream stream = Watching(fixture, new WatchCreateRequest { Key = Utf8("a"), StartRevision = 3 });
        WatchResponse told = stream.Read().Single();
        Assert.Equal((Event.Types.EventType.Delete, 3), (told.Events.Single().Type, told.Events[0].Kv.ModRevision));
    }

    [Fact]
    public void A_start_before_the_compacted_revision_is_created_and_then_canceled()
    {
        using WatchFixture fixture = new(Settings);
        Put(fixture, "a", "1");
        Put(fixture, "a", "2");
        Put(fixture, "a", "3");
        fixture.Compact(4);
        TestStream stream = new(fixture.Stage);
        stream.Create(new WatchCreateRequest { Key = Utf8("a"), StartRevision = 3, WatchId = 7 });
        stream.Create(new WatchCreateRequest { Key = Utf8("b"), WatchId = 7 });
        stream.Cancel(7);
        fixture.Settle();
        List<WatchResponse> told = stream.Read();
        Assert.Equal(
            [
                new WatchResponse { Header = Header(4), WatchId = 7, Created = true },
                new WatchResponse
                {
                    Header = Header(4),
                    WatchId = NoId,
                    Created = true,
                    Canceled = true,
                    CancelReason = "mvcc: duplicate watch ID provided on the WatchStream",
                },
                new WatchResponse { Header = Header(4), WatchId = 7, Canceled = true },
            ],
            told);

        stream.Create(new WatchCreateRequest { Key = Utf8("a"), StartRevision = 3, WatchId = 7 });
        fixture.Settle();
        told = stream.Read();
        Assert.True(told[0].Created && !told[0].Canceled);
        Assert.Equal(new WatchResponse { Header = Header(0), WatchId = 7, Canceled = true, CompactRevision = 4 }, told[1]);
        Assert.Equal(0, fixture.Stage.WatchCount);
    }

    [Fact]
    public void What_is_open_behind_queued_and_sent_is_counted()
    {
        using WatchFixture fixture = new(Settings);
        Put(fixture, "a", "1");
        Put(fixture, "a", "2");
        WatchMetrics figures = fixture.Stage.Metrics;
        TestStream reader = new(fixture.Stage);
        TestStream leaver = new(fixture.Stage);
        reader.Create(new WatchCreateRequest { Key = Utf8("a"), StartRevision = 2 });
        reader.Create(new WatchCreateRequest { Key = Utf8("a"), StartRevision = 100 });
        leaver.Create(new WatchCreateRequest { Key = Utf8("a") });
        fixture.Settle();
        Put(fixture, "a", "3");
        fixture.Settle();
        Assert.Equal((2, 3, 0, 0, 4), (
            figures.Streams.Value, figures.Watches.Value, figures.WatchesBehind, figures.SentEvents.Value, figures.PendingEvents));

        reader.Read();
        Assert.Equal((3, 1), (figures.SentEvents.Value, figures.PendingEvents));
        leaver.Close();
        fixture.Settle();
        Assert.Equal((1, 2, 3, 0), (figures.Streams.Value, figures.Watches.Value, figures.SentEvents.Value, figures.PendingEvents));
        leaver.Close();
        reader.Close();
        fixture.Settle();
        Assert.Equal((0, 0), (figures.Streams.Value, figures.Watches.Value));
    }

    [Fact]
    public void A_watch_whose_client_does_not_read_is_counted_as_behind()
    {
        using WatchFixture fixture = new(Settings with { QueueBytes = 200 });
        TestStream stream = new(fixture.Stage);
        stream.Create(new WatchCreateRequest { Key = Utf8("a") });
        fixture.Settle();
        for (int n = 0; n < 20; n++)
        {
            Put(fixture, "a", "1");
            fixture.Settle();
        }

        Assert.Equal(1, fixture.Stage.Metrics.WatchesBehind);
        while (stream.Read().Count > 0)
        {
            fixture.Settle();
        }

        Assert.Equal(0, fixture.Stage.Metrics.WatchesBehind);
        Assert.Equal(20, fixture.Stage.Metrics.SentEvents.Value);
    }

    [Fact]
    public void A_compaction_takes_nothing_from_a_watch_in_step_however_late_it_is_told()
    {
        using WatchFixture fixture = new(Settings);
        TestStream stream = Watching(fixture, new WatchCreateRequest { Key = Utf8("a"), PrevKv = false });
        Put(fixture, "a", "1");
        Put(fixture, "a", "2");
        Put(fixture, "a", "3");
        fixture.Compact(4);
        fixture.RunCompactions();
        fixture.Settle();
        Assert.Equal([2, 3, 4], stream.Read().SelectMany(told => told.Events).Select(told => told.Kv.ModRevision));
        fixture.RunCompactions();
        Assert.Empty(fixture.State.Compactions);
    }

    [Fact]
    public void Progress_is_told_only_after_the_events_before_it()
    {
        using WatchFixture fixture = new(Settings with { RecordsPerStep = 2 });
        for (int n = 0; n < 20; n++)
        {
            Put(fixture, "a", "1");
        }

        TestStream stream = new(fixture.Stage);
        stream.Create(new WatchCreateRequest { Key = Utf8("a"), StartRevision = 1 });
        stream.AskForProgress();
        fixture.Stage.Step(fixture.Now);
        Assert.DoesNotContain(stream.Read(), told => told.WatchId == NoId);
        fixture.Settle();
        List<WatchResponse> told = stream.Read();
        Assert.Equal(21, told[^2].Events[^1].Kv.ModRevision);
        Assert.Equal(new WatchResponse { Header = Header(21), WatchId = NoId }, told[^1]);
    }

    [Fact]
    public void A_watch_in_the_future_is_told_nothing_before_its_time()
    {
        using WatchFixture fixture = new(Settings);
        TestStream stream = new(fixture.Stage);
        stream.Create(new WatchCreateRequest { Key = Utf8("a"), StartRevision = 4, ProgressNotify = true });
        stream.AskForProgress();
        fixture.Settle();
        Assert.True(stream.Read().Single().Created);
        Put(fixture, "a", "2");
        fixture.Now += 1000;
        fixture.Settle();
        Assert.Empty(stream.Read());
        Put(fixture, "a", "3");
        fixture.Settle();
        Assert.Equal([new WatchResponse { Header = Header(3), WatchId = NoId }], stream.Read());
        Put(fixture, "a", "4");
        fixture.Settle();
        Assert.Equal(4, stream.Read().Single().Events.Single().Kv.ModRevision);
    }

    [Fact]
    public void A_watch_without_events_is_told_from_time_to_time_how_far_it_is_and_others_are_not()
    {
        using WatchFixture fixture = new(Settings);
        TestStream stream = new(fixture.Stage);
        stream.Create(new WatchCreateRequest { Key = Utf8("quiet"), ProgressNotify = true });
        stream.Create(new WatchCreateRequest { Key = Utf8("busy"), ProgressNotify = true });
        stream.Create(new WatchCreateRequest { Key = Utf8("quiet") });
        fixture.Settle();
        stream.Read();
        Put(fixture, "busy", "1");
        fixture.Settle();
        stream.Read();
        fixture.Now += 99;
        fixture.Settle();
        Assert.Empty(stream.Read());
        fixture.Now += 1;
        Assert.Equal(fixture.Now + 100, fixture.Stage.Step(fixture.Now));
        Assert.Equal([new WatchResponse { Header = Header(2) }], stream.Read());
        fixture.Now += 100;
        fixture.Settle();
        Assert.Equal([0, 1], stream.Read().Select(told => told.WatchId));
    }

    [Fact]
    public void A_refused_watch_does_not_end_the_first_one()
    {
        using WatchFixture fixture = new(Settings);
        TestStream stream = Watching(fixture, new WatchCreateRequest { Key = Utf8("a") });
        stream.Create(new WatchCreateRequest { Key = Utf8("b"), RangeEnd = Utf8("a") });
        stream.Create(new WatchCreateRequest { Key = Utf8("b"), StartRevision = -1 });
        stream.Cancel(5);
        fixture.Settle();
        List<WatchResponse> told = stream.Read();
        Assert.All(told, refused => Assert.True(refused is { Created: true, Canceled: true, WatchId: NoId }));
        Assert.Equal(
            ["mvcc: watcher range is empty", "etcdserver: mvcc: required revision has been compacted"],
            told.Select(refused => refused.CancelReason));
        Put(fixture, "a", "1");
        fixture.Settle();
        Assert.Equal(0, stream.Read().Single().WatchId);
    }

    [Fact]
    public void A_snapshot_of_another_member_neither_repeats_nor_leaves_out_an_event()
    {
        using WatchFixture fixture = new(Settings with { RecordsPerStep = 3 });
        TestStream stream = Watching(fixture, new WatchCreateRequest { Key = Utf8("a") });
        Put(fixture, "a", "1");
        fixture.Settle();
        for (int n = 0; n < 10; n++)
        {
            fixture.Put("a", "s");
            fixture.End(tell: false);
        }

        fixture.InstallSnapshot();
        fixture.Settle();
        Put(fixture, "a", "2");
        fixture.Settle();
        Assert.Equal(
            Enumerable.Range(2, 12).Select(n => (long)n),
            stream.Read().SelectMany(told => told.Events).Select(told => told.Kv.ModRevision));
    }

    [Fact]
    public void A_revision_is_one_message_unless_fragments_are_asked_for()
    {
        using WatchFixture fixture = new(Settings);
        TestStream whole = Watching(fixture, new WatchCreateRequest { Key = Utf8("k"), RangeEnd = Utf8("l") });
        TestStream inParts = Watching(fixture, new WatchCreateRequest { Key = Utf8("k"), RangeEnd = Utf8("l"), Fragment = true });
        for (int n = 0; n < 20; n++)
        {
            fixture.Put($"k{n:00}", new string('v', 200));
        }

        fixture.End();
        fixture.Settle();
        Assert.Equal(20, whole.Read().Single().Events.Count);
        List<WatchResponse> parts = inParts.Read();
        Assert.True(parts.Count > 4);
        Assert.All(parts, part => Assert.Equal(part != parts[^1], part.Fragment));
        Assert.All(parts, part => Assert.True(part.CalculateSize() < 1100));
        Assert.Equal(20, parts.Sum(part => part.Events.Count));
    }

    [Fact]
    public void An_event_is_encoded_once_for_all_its_watches()
    {
        const int watches = 1000;
        const int valueBytes = 20_000;
        using WatchFixture fixture = new(Settings with { FragmentBytes = int.MaxValue });
        TestStream[] streams = [.. Enumerable.Range(0, watches).Select(_ => Watching(fixture, new WatchCreateRequest { Key = Utf8("a") }))];
        Put(fixture, "a", "warm");
        fixture.Settle();
        Put(fixture, "a", new string('v', valueBytes));
        long before = GC.GetAllocatedBytesForCurrentThread();
        fixture.Settle();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < (2 * valueBytes) + (watches * 300), $"{allocated} bytes for one event");
        Assert.All(streams, stream => Assert.Equal(valueBytes, stream.Read()[^1].Events[^1].Kv.Value.Length));
    }

    [Fact]
    public void A_reader_that_stops_holds_a_bounded_number_of_bytes_and_others_are_told_all()
    {
        using WatchFixture fixture = new(Settings with { QueueBytes = 10_000 });
        TestStream stopped = Watching(fixture, new WatchCreateRequest { Key = Utf8("a") });
        TestStream other = Watching(fixture, new WatchCreateRequest { Key = Utf8("a") });
        int told = 0;
        for (int n = 0; n < 200; n++)
        {
            Put(fixture, "a", new string('v', 1000));
            fixture.Settle();
            told += other.Read().Sum(response => response.Events.Count);
            Assert.True(fixture.Stage.Budget.Bytes <= 10_000);
        }

        Assert.Equal(200, told);
        int late = 0;
        while (stopped.Read() is { Count: > 0 } more)
        {
            late += more.Sum(response => response.Events.Count);
            fixture.Settle();
        }

        Assert.Equal(200, late);
    }

    [Fact]
    public void A_client_that_asks_and_never_reads_is_read_from_no_further()
    {
        using WatchFixture fixture = new(Settings with { QueueBytes = 1000 });
        TestStream stream = new(fixture.Stage);
        int asked = 0;
        while (stream.TryAccept())
        {
            stream.Create(new WatchCreateRequest { Key = Utf8("a") });
            Assert.True(++asked <= Limits.WatchOpenRequests);
            if (asked % 4 == 0)
            {
                fixture.Settle();
            }
        }

        Assert.Equal(0, stream.Accepts);
        Assert.Equal(asked, stream.Read().Count);
        Assert.Equal(1, stream.Accepts);
        Assert.True(stream.TryAccept());
    }

    [Fact]
    public void A_closed_stream_leaves_nothing_behind()
    {
        using WatchFixture fixture = new(Settings);
        TestStream stream = Watching(fixture, new WatchCreateRequest { Key = Utf8("a"), ProgressNotify = true });
        stream.AskForProgress();
        stream.Create(new WatchCreateRequest { Key = Utf8("b"), RangeEnd = Utf8("c"), StartRevision = 1 });
        stream.Close();
        Put(fixture, "a", "1");
        fixture.Settle();
        Assert.Equal(0, fixture.Stage.WatchCount);
        Assert.Equal(0, fixture.Stage.Budget.Bytes);
        Assert.Empty(stream.Read());
        fixture.Now += 1000;
        Assert.Equal(long.MaxValue, fixture.Stage.Step(fixture.Now));
        Assert.True(fixture.State.Held.MayDelete(fixture.Revision));
    }

    /// <summary>A stream with one watch, its creation read; what history has to tell waits to be read.</summary>
    private static TestStream Watching(WatchFixture fixture, WatchCreateRequest request)
    {
        TestStream stream = new(fixture.Stage);
        stream.Create(request);
        fixture.Settle();
        stream.ReadCreated();
        return stream;
    }

    private static void Put(WatchFixture fixture, string key, string value)
    {
        fixture.Put(key, value);
        fixture.End();
    }

    private static void Delete(WatchFixture fixture, string key)
    {
        fixture.Delete(key, null);
        fixture.End();
    }

    private static ResponseHeader Header(long revision) => new() { ClusterId = 1, MemberId = 2, RaftTerm = 3, Revision = revision };

    private static ByteString Utf8(string text) => ByteString.CopyFromUtf8(text);
}
