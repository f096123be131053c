using System.Buffers;
using Google.Protobuf;
using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.Protocol.V3;

namespace Netcd.ClientTests.Watching;

/// <summary>How responses, whole and in parts, become batches.</summary>
public sealed class WatchPortionTests
{
    private static readonly EtcdHeader Header = new(1, 2, 30, 4);

    [Fact]
    public void Changes_of_a_revision_come_together_and_those_of_another_apart()
    {
        WatchFeed feed = Begun(from: 5);
        feed.Take(Changes(5, 5, 5, 7, 8, 8), Header, isPart: false);
        Assert.Equal(["5: 5.0 5.1 5.2", "7: 7.3", "8: 8.4 8.5"], Read(feed));
        Assert.Equal(9, feed.Next);
    }

    [Fact]
    public void A_revision_in_parts_is_whole_when_the_next_one_begins_or_no_part_follows()
    {
        WatchFeed feed = Begun(from: 5);
        feed.Take(Changes(5, 6), Header, isPart: true);
        Assert.Equal(["5: 5.0"], Read(feed));
        Assert.Equal(6, feed.Next);
        feed.Take(Changes(6, 6), Header, isPart: true);
        Assert.Empty(Read(feed));
        feed.Take(Changes(6, 9), Header, isPart: true);
        Assert.Equal(["6: 6.1 6.0 6.1 6.0"], Read(feed));
        feed.Take(Changes(9), Header, isPart: false);
        Assert.Equal(["9: 9.1 9.0"], Read(feed));
        Assert.Equal(10, feed.Next);
    }

    [Fact]
    public void Parts_of_a_revision_that_was_never_whole_are_forgotten_with_their_stream()
    {
        WatchFeed feed = Begun(from: 5);
        feed.Take(Changes(5, 6, 6), Header, isPart: true);
        feed.Interrupt(since: null);
        feed.Take(Changes(6, 6, 6), Header, isPart: false);
        Assert.Equal(["5: 5.0", "6: 6.0 6.1 6.2"], Read(feed));
    }

    [Fact]
    public void What_was_read_before_is_left_out()
    {
        WatchFeed feed = Begun(from: 6);
        feed.Take(Changes(4, 5), Header, isPart: false);
        Assert.Empty(Read(feed));
        feed.Take(Changes(5, 6, 7), Header, isPart: false);
        Assert.Equal(["6: 6.1", "7: 7.2"], Read(feed));
    }

    [Fact]
    public void A_watch_pauses_when_its_reader_has_no_room_and_goes_on_when_it_is_done()
    {
        WatchFeed feed = new(KeyRange.Prefix("k"), new WatchOptions { StartRevision = 5, BufferBytes = 500 });
        feed.Begin(Header);
        feed.Take(Changes(5), Header, isPart: false);
        Assert.False(feed.IsPaused);
        feed.Take(Changes(6, 7, 8, 9), Header, isPart: true);
        Assert.True(feed.IsPaused);
        Assert.False(feed.TryResume());
        Assert.Equal(["5: 5.0", "6: 6.0", "7: 7.1", "8: 8.2"], Read(feed));
        Assert.True(feed.TryResume());
        Assert.False(feed.IsPaused);
        feed.Take(Changes(9), Header, isPart: false);
        Assert.Equal(["9: 9.0"], Read(feed));
    }

    [Fact]
    public void A_message_without_room_waits_until_the_reader_has_made_enough()
    {
        WatchChanges small = Changes(5), next = Changes(6), large = Changes(7, 8);
        WatchFeed feed = new(
            KeyRange.Prefix("k"), new WatchOptions { StartRevision = 5, BufferBytes = (int)(small.Size + large.Size - 1) });
        feed.Begin(Header);
        Assert.False(feed.TryAwaitRoom(large), "nothing is there that the reader could be done with");
        feed.Take(small, Header, isPart: false);
        Assert.False(feed.TryAwaitRoom(next), "there is room");
        feed.Take(next, Header, isPart: false);
        Assert.True(feed.TryAwaitRoom(large));
        Assert.False(feed.Release(Read(feed, "5: 5.0")), "one of two is too few");
        Assert.True(feed.Release(Read(feed, "6: 6.0")));
        Assert.False(feed.TryAwaitRoom(large));
        Assert.False(feed.IsPaused);
        feed.Take(large, Header, isPart: false);
        Assert.False(feed.Release(Read(feed, "7: 7.0", "8: 8.1")), "nobody waits");
    }

    [Fact]
    public void A_message_larger_than_all_the_room_does_not_wait_for_any()
    {
        WatchChanges small = Changes(5), large = Changes(6, 7, 8);
        WatchFeed feed = new(KeyRange.Prefix("k"), new WatchOptions { StartRevision = 5, BufferBytes = (int)large.Size - 1 });
        feed.Begin(Header);
        feed.Take(small, Header, isPart: false);
        Assert.False(feed.TryAwaitRoom(large));
        feed.Take(large, Header, isPart: false);
        Assert.True(feed.IsPaused);
    }

    /// <summary>The reader may be done before the one who waits for it does: it must not wait for a sign that was given before.</summary>
    [Fact]
    public async Task A_reader_that_is_done_meanwhile_is_seen_by_who_begins_to_wait()
    {
        const int Rounds = 50_000;
        WatchChanges last = Changes(Rounds);
        WatchFeed feed = new(KeyRange.Prefix("k"), new WatchOptions { StartRevision = 1, BufferBytes = (int)last.Size });
        feed.Begin(Header);
        int signs = 0;
        Task reading = Task.Run(async () =>
        {
            for (int n = 0; n < Rounds; n++)
            {
                if (feed.Release(await feed.Portions.ReadAsync()))
                {
                    Interlocked.Increment(ref signs);
                }
            }
        });
        for (int n = 1; n <= Rounds; n++)
        {
            // A sign may come late, for a wait that was not begun after all.
            for (int before = Volatile.Read(ref signs); feed.TryAwaitRoom(last); before = Volatile.Read(ref signs))
            {
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref signs) != before, TimeSpan.FromSeconds(30)), $"round {n}");
            }

            feed.Take(Changes(n), Header, isPart: false);
        }

        await reading;
        Assert.False(feed.IsPaused);
    }

    /// <summary>The reader may be done with a portion before the one who has handed it over goes on: the watch must not stay
    /// paused.</summary>
    [Fact]
    public async Task A_pause_is_seen_by_the_reader_of_the_portion_that_brought_it()
    {
        const int Rounds = 50_000;
        WatchFeed feed = new(KeyRange.Prefix("k"), new WatchOptions { StartRevision = 1, BufferBytes = 1 });
        feed.Begin(Header);
        WatchResponse response = new();
        response.Events.Add(new Event { Kv = new Netcd.Protocol.V3.KeyValue() });
        Task reading = Task.Run(async () =>
        {
            for (int n = 0; n < Rounds; n++)
            {
                WatchPortion portion = await feed.Portions.ReadAsync();
                Assert.True(feed.Release(portion), $"round {n}");
                lock (feed)
                {
                    Assert.True(feed.TryResume());
                }
            }
        });
        for (int n = 1; n <= Rounds && !reading.IsCompleted; n++)
        {
            response.Events[0].Kv.ModRevision = n;
            SpinWait.SpinUntil(() => !feed.IsPaused || reading.IsCompleted);
            lock (feed)
            {
                feed.Take(Decode(response), Header, isPart: false);
            }
        }

        await reading;
    }

    [Fact]
    public void A_change_that_cannot_be_read_is_reported_to_the_reader()
    {
        WatchResponse response = new() { Events = { new Event { PrevKv = new Netcd.Protocol.V3.KeyValue() } } };
        WatchPortion portion = new(Header, [Decode(response)], 0, 1);
        EtcdException refused = Assert.Throws<EtcdException>(portion.Next);
        Assert.Equal((EtcdStatusCode.Internal, "the server sent an event without a key"), (refused.Code, refused.Message));
    }

    private static WatchFeed Begun(long from)
    {
        WatchFeed feed = new(KeyRange.Prefix("k"), new WatchOptions { StartRevision = from });
        feed.Begin(Header);
        return feed;
    }

    /// <summary>A response with a change of each of these revisions, each with its place as its value.</summary>
    private static WatchChanges Changes(params long[] revisions)
    {
        WatchResponse response = new();
        foreach ((int place, long revision) in revisions.Index())
        {
            Netcd.Protocol.V3.KeyValue now = new() { Key = ByteString.CopyFromUtf8("k"), ModRevision = revision };
            now.Value = ByteString.CopyFromUtf8($"{revision}.{place}");
            response.Events.Add(new Event { Kv = now });
        }

        return Decode(response);
    }

    private static WatchChanges Decode(WatchResponse response) =>
        WatchDecoder.Decode(new ReadOnlySequence<byte>(response.ToByteArray())).Changes!;

    private static List<string> Read(WatchFeed feed)
    {
        List<string> batches = [];
        while (feed.Portions.TryRead(out WatchPortion? portion))
        {
            batches.AddRange(Batches(portion));
            feed.Release(portion);
        }

        return batches;
    }

    /// <summary>Reads a portion, which has to be given back.</summary>
    private static WatchPortion Read(WatchFeed feed, params string[] expected)
    {
        Assert.True(feed.Portions.TryRead(out WatchPortion? portion));
        Assert.Equal(expected, Batches(portion));
        return portion;
    }

    private static List<string> Batches(WatchPortion portion)
    {
        List<string> batches = [];
        while (portion.Next() is { } batch)
        {
            batches.Add($"{batch.Revision}: {string.Join(' ', batch.Events.Select(static change => change.KeyValue.ValueText))}");
        }

        return batches;
    }
}
