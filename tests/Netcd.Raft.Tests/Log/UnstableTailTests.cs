namespace Netcd.Raft.Tests.Log;

public class UnstableTailTests
{
    [Fact]
    public void Entries_are_handed_out_once_and_leave_when_stable()
    {
        UnstableTail tail = Tail(5, (1, 5), (1, 6));
        Assert.Equal(2, tail.NextEntries.Length);
        tail.AcceptInProgress();
        Assert.True(tail.NextEntries.IsEmpty);
        tail.TruncateAndAppend([Of(1, 7)]);
        Assert.Equal(7UL, Assert.Single(tail.NextEntries.ToArray()).Index);
        tail.StableTo(new EntryId(1, 6));
        Assert.Equal((7UL, 8UL), (tail.Offset, tail.End));
        Assert.True(tail.HasEntries);
        tail.StableTo(new EntryId(1, 7));
        Assert.False(tail.HasEntries);
        Assert.Equal(8UL, tail.OffsetInProgress);
    }

    [Fact]
    public void A_completion_for_entries_replaced_meanwhile_is_ignored()
    {
        UnstableTail tail = Tail(5, (1, 5), (1, 6));
        tail.AcceptInProgress();
        tail.TruncateAndAppend([Of(2, 5), Of(2, 6)]);
        tail.StableTo(new EntryId(1, 6));
        Assert.Equal(5UL, tail.Offset);
        tail.StableTo(new EntryId(2, 5));
        Assert.Equal(6UL, tail.Offset);
        tail.StableTo(new EntryId(2, 9));
        Assert.Equal(6UL, tail.Offset);
    }

    [Theory]
    [InlineData(7, 7, new ulong[] { 1, 1, 9 })]
    [InlineData(6, 6, new ulong[] { 1, 9 })]
    [InlineData(5, 5, new ulong[] { 9 })]
    public void Truncation_drops_what_stands_in_the_way_and_writes_it_anew(ulong from, ulong inProgress, ulong[] terms)
    {
        UnstableTail tail = Tail(5, (1, 5), (1, 6));
        tail.AcceptInProgress();
        tail.TruncateAndAppend([Of(9, from)]);
        Assert.Equal(inProgress, tail.OffsetInProgress);
        Assert.Equal(terms, tail.Slice(5, tail.End).ToArray().Select(entry => entry.Term));
        Assert.Equal(9UL, Assert.Single(tail.NextEntries.ToArray()).Term);
    }

    [Fact]
    public void Truncation_below_the_tail_moves_it_over_the_stable_log()
    {
        UnstableTail tail = Tail(5, (1, 5), (1, 6));
        tail.TruncateAndAppend([Of(2, 3)]);
        Assert.Equal((3UL, 4UL, 3UL), (tail.Offset, tail.End, tail.OffsetInProgress));
    }

    [Fact]
    public void A_slice_handed_out_survives_truncation_and_growth()
    {
        UnstableTail tail = Tail(1, (1, 1), (1, 2));
        ReadOnlyMemory<Entry> slice = tail.Slice(1, 3);
        tail.TruncateAndAppend([Of(2, 2), Of(2, 3)]);
        for (ulong index = 4UL; index < 100; index++)
        {
            tail.TruncateAndAppend([Of(3, index)]);
        }

        Assert.Equal([1UL, 1UL], slice.ToArray().Select(entry => entry.Term));
    }

    [Fact]
    public void A_snapshot_decides_the_bounds_until_it_is_stored()
    {
        UnstableTail tail = Tail(5, (1, 5));
        tail.Restore(new Snapshot { Metadata = new SnapshotMetadata { Index = 20, Term = 3 } });
        Assert.True(tail.TryFirstIndex(out ulong first));
        Assert.True(tail.TryLastIndex(out ulong last));
        Assert.Equal((21UL, 20UL), (first, last));
        Assert.True(tail.TryTerm(20, out ulong term));
        Assert.Equal(3UL, term);
        Assert.NotNull(tail.NextSnapshot);
        tail.AcceptInProgress();
        Assert.Null(tail.NextSnapshot);
        tail.SnapshotStableTo(19);
        Assert.NotNull(tail.Snapshot);
        tail.SnapshotStableTo(20);
        Assert.Null(tail.Snapshot);
        Assert.False(tail.TryFirstIndex(out _));
    }

    [Fact]
    public void A_gap_is_refused() => Assert.Throws<RaftInvariantException>(() => Tail(5, (1, 5)).TruncateAndAppend([Of(1, 7)]));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_does_what_a_plain_list_does(int seed)
    {
        Random random = new(seed);
        UnstableTail tail = new(1);
        List<Entry> model = [];
        ulong offset = 1UL;
        for (int step = 1; step < 2000; step++)
        {
            if (random.Next(3) == 0 && model.Count > 0)
            {
                int stable = random.Next(model.Count) + 1;
                tail.StableTo(new EntryId(model[stable - 1].Term, model[stable - 1].Index));
                model.RemoveRange(0, stable);
                offset += (ulong)stable;
            }
            else
            {
                int keep = random.Next(5) == 0 ? random.Next(model.Count + 1) : model.Count;
                model.RemoveRange(keep, model.Count - keep);
                Entry[] entries = [.. Enumerable.Range(0, random.Next(1, 30)).Select(i => Of((ulong)step, offset + (ulong)(keep + i)))];
                tail.TruncateAndAppend(entries);
                model.AddRange(entries);
            }

            Assert.True(model.SequenceEqual(tail.Slice(offset, tail.End).ToArray()), $"same entries after step {step}");
        }
    }

    private static Entry Of(ulong term, ulong index) => new(EntryType.Normal, term, index, default);

    private static UnstableTail Tail(ulong offset, params (ulong Term, ulong Index)[] ids)
    {
        UnstableTail tail = new(offset);
        tail.TruncateAndAppend([.. ids.Select(id => Of(id.Term, id.Index))]);
        return tail;
    }
}
