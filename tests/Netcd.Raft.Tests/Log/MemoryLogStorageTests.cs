using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Log;

public class MemoryLogStorageTests
{
    [Fact]
    public void An_empty_log_starts_at_one_and_ends_at_zero()
    {
        MemoryLogStorage log = new();
        Assert.Equal(1UL, log.FirstIndex);
        Assert.Equal(0UL, log.LastIndex);
        Assert.Equal(LogResult.Ok, log.Term(0, out ulong term));
        Assert.Equal(0UL, term);
        Assert.Equal(LogResult.Unavailable, log.Term(1, out _));
    }

    [Fact]
    public void Entries_are_limited_by_size_but_never_to_none()
    {
        MemoryLogStorage log = Log((1, 1), (1, 2), (2, 3), (2, 4));
        ulong one = (ulong)RaftWire.Size(Of(1, 1));
        Assert.Equal([1, 2, 3, 4], Indexes(log, 1, 5, RaftConfig.NoLimit));
        Assert.Equal([2, 3], Indexes(log, 2, 4, RaftConfig.NoLimit));
        Assert.Equal([1], Indexes(log, 1, 5, 0));
        Assert.Equal([1, 2], Indexes(log, 1, 5, (2 * one) + 1));
        Assert.Equal([1, 2, 3], Indexes(log, 1, 5, 3 * one));
    }

    [Fact]
    public void Compacted_and_missing_entries_are_told_apart()
    {
        MemoryLogStorage log = Log((1, 1), (1, 2), (2, 3), (2, 4));
        Assert.Equal(LogResult.Ok, log.Compact(2));
        Assert.Equal(3UL, log.FirstIndex);
        Assert.Equal(LogResult.Compacted, log.Entries(2, 4, RaftConfig.NoLimit, out _));
        Assert.Equal(LogResult.Unavailable, log.Entries(3, 6, RaftConfig.NoLimit, out _));
        Assert.Equal(LogResult.Compacted, log.Term(1, out _));
        Assert.Equal(LogResult.Ok, log.Term(2, out ulong term));
        Assert.Equal(1UL, term);
        Assert.Equal(LogResult.Compacted, log.Compact(2));
        Assert.Equal(LogResult.Unavailable, log.Compact(5));
        Assert.Equal([3, 4], Indexes(log, 3, 5, RaftConfig.NoLimit));
        Assert.Equal(LogResult.Ok, log.Compact(4));
        Assert.Equal(4UL, log.LastIndex);
        Assert.Equal(LogResult.Ok, log.Term(4, out term));
        Assert.Equal(2UL, term);
    }

    [Theory]
    [InlineData(6, 10, 100, 1)]
    [InlineData(6, 3, 100, 3)]
    [InlineData(6, 10, 25, 4)]
    [InlineData(6, 10, 20, 4)]
    [InlineData(4, 10, 19, 3)]
    [InlineData(6, 10, 9, 6)]
    [InlineData(6, 0, 100, 6)]
    [InlineData(9, 1, 100, 5)]
    public void A_compaction_keeps_the_entries_and_bytes_that_it_may(ulong index, ulong maxEntries, ulong maxBytes, ulong point)
    {
        MemoryLogStorage log = new();
        log.Append([.. Enumerable.Range(1, 6).Select(i => new Entry(EntryType.Normal, 1, (ulong)i, new byte[10]))]);
        log.Compact(1);
        Assert.Equal(point, log.CompactionPoint(index, maxEntries, maxBytes));
    }

    [Theory]
    [InlineData(5, new ulong[] { 1, 1, 2, 2, 9 })]
    [InlineData(4, new ulong[] { 1, 1, 2, 9 })]
    [InlineData(2, new ulong[] { 1, 9 })]
    [InlineData(1, new ulong[] { 9 })]
    public void Appending_replaces_what_stands_at_the_index_and_behind(ulong at, ulong[] terms)
    {
        MemoryLogStorage log = Log((1, 1), (1, 2), (2, 3), (2, 4));
        log.Append([Of(9, at)]);
        Assert.Equal(LogResult.Ok, log.Entries(1, log.LastIndex + 1, RaftConfig.NoLimit, out ReadOnlyMemory<Entry> entries));
        Assert.Equal(terms, entries.ToArray().Select(entry => entry.Term));
    }

    [Fact]
    public void Entries_below_the_first_index_are_left_out()
    {
        MemoryLogStorage log = Log((1, 1), (1, 2), (2, 3));
        log.Compact(2);
        log.Append([Of(7, 1), Of(7, 2)]);
        Assert.Equal([3], Indexes(log, 3, 4, RaftConfig.NoLimit));
        log.Append([Of(7, 2), Of(7, 3), Of(7, 4)]);
        Assert.Equal([3, 4], Indexes(log, 3, 5, RaftConfig.NoLimit));
        Assert.Equal(LogResult.Ok, log.Term(3, out ulong term));
        Assert.Equal(7UL, term);
    }

    [Fact]
    public void A_gap_is_refused()
    {
        MemoryLogStorage log = Log((1, 1));
        Assert.Throws<RaftInvariantException>(() => log.Append([Of(1, 3)]));
    }

    [Fact]
    public void A_slice_handed_out_never_changes()
    {
        MemoryLogStorage log = Log((1, 1), (1, 2), (1, 3));
        log.Entries(1, 4, RaftConfig.NoLimit, out ReadOnlyMemory<Entry> before);
        log.Append([Of(2, 2), Of(2, 3), Of(2, 4)]);
        log.Compact(3);
        log.Append([Of(3, 4)]);
        Assert.Equal([1, 1, 1], before.ToArray().Select(entry => (int)entry.Term));
    }

    [Fact]
    public void A_snapshot_received_replaces_the_log_unless_it_is_old()
    {
        MemoryLogStorage log = Log((1, 1), (1, 2), (1, 3));
        Assert.Equal(LogResult.Ok, log.ApplySnapshot(Snapshot(10, 4)));
        Assert.Equal(11UL, log.FirstIndex);
        Assert.Equal(10UL, log.LastIndex);
        Assert.Equal(LogResult.Ok, log.Term(10, out ulong term));
        Assert.Equal(4UL, term);
        Assert.Equal(LogResult.SnapshotOutOfDate, log.ApplySnapshot(Snapshot(10, 4)));
        Assert.Equal(LogResult.SnapshotOutOfDate, log.ApplySnapshot(Snapshot(9, 4)));
        Assert.Equal([1, 2], log.InitialState().ConfState.Voters);
    }

    [Fact]
    public void A_snapshot_made_names_the_term_of_its_index()
    {
        MemoryLogStorage log = Log((1, 1), (1, 2), (2, 3));
        Assert.Equal(LogResult.Ok, log.CreateSnapshot(2, new ConfState { Voters = [5] }, new byte[] { 1 }, out Snapshot snapshot));
        Assert.Equal((2UL, 1UL), (snapshot.Metadata.Index, snapshot.Metadata.Term));
        Assert.Equal(LogResult.SnapshotOutOfDate, log.CreateSnapshot(2, null, default, out _));
        Assert.Equal(LogResult.Unavailable, log.CreateSnapshot(4, null, default, out _));
        Assert.Equal(LogResult.Ok, log.CreateSnapshot(3, null, default, out snapshot));
        Assert.Equal([5], snapshot.Metadata.ConfState.Voters);
        Assert.Equal(1UL, log.FirstIndex);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_does_what_a_plain_list_does(int seed)
    {
        Random random = new(seed);
        MemoryLogStorage log = new();
        List<Entry> model = new() { default };
        ulong offset = 0;
        for (int step = 0; step < 1000; step++)
        {
            ulong last = offset + (ulong)model.Count - 1;
            if (random.Next(20) == 0 && last > offset)
            {
                ulong at = offset + 1 + (ulong)random.NextInt64((long)(last - offset));
                log.Compact(at);
                model.RemoveRange(0, (int)(at - offset));
                offset = at;
            }
            else
            {
                ulong from = last + 1 - (random.Next(10) == 0 ? (ulong)random.NextInt64((long)(last - offset) + 1) : 0);
                Entry[] entries = Enumerable.Range(0, random.Next(1, 40)).Select(i => Of((ulong)step + 1, from + (ulong)i)).ToArray();
                log.Append(entries);
                model.RemoveRange((int)(from - offset), model.Count - (int)(from - offset));
                model.AddRange(entries);
            }

            last = offset + (ulong)model.Count - 1;
            Assert.Equal((offset + 1, last), (log.FirstIndex, log.LastIndex));
            if (last == offset)
            {
                continue;
            }

            Assert.Equal(LogResult.Ok, log.Entries(offset + 1, last + 1, RaftConfig.NoLimit, out ReadOnlyMemory<Entry> all));
            Assert.True(model.Skip(1).SequenceEqual(all.ToArray()), $"same entries after step {step}");
        }
    }

    private static Entry Of(ulong term, ulong index) => new(EntryType.Normal, term, index, default);

    private static Snapshot Snapshot(ulong index, ulong term) => new()
    {
        Metadata = new SnapshotMetadata { Index = index, Term = term, ConfState = new ConfState { Voters = [1, 2] } },
    };

    private static MemoryLogStorage Log(params (ulong Term, ulong Index)[] ids)
    {
        MemoryLogStorage log = new();
        log.Append([.. ids.Select(id => Of(id.Term, id.Index))]);
        return log;
    }

    private static IEnumerable<int> Indexes(MemoryLogStorage log, ulong low, ulong high, ulong maxBytes)
    {
        Assert.Equal(LogResult.Ok, log.Entries(low, high, maxBytes, out ReadOnlyMemory<Entry> entries));
        return entries.ToArray().Select(entry => (int)entry.Index);
    }
}
