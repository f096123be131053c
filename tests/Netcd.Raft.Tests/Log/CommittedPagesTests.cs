namespace Netcd.Raft.Tests.Log;

/// <summary>What is committed is handed out in pages, wherever it lies: in the storage, in the unstable tail, or across both.</summary>
public class CommittedPagesTests
{
    private const ulong Last = 12;

    public static TheoryData<ulong> StableEnds => [.. Enumerable.Range(0, (int)Last + 1).Select(end => (ulong)end)];

    [Theory]
    [MemberData(nameof(StableEnds))]
    public void Pages_of_committed_entries_leave_none_out_whatever_their_limit(ulong stableEnd)
    {
        Entry[] all = [.. Enumerable.Range(1, (int)Last).Select(index => Of((ulong)index))];
        for (ulong limit = 1; limit <= EntrySizes.Encoded(all) + 1; limit++)
        {
            RaftLog log = LogOf(all, stableEnd, limit);
            List<ulong> handedOut = [];
            while (log.HasNextCommitted(allowUnstable: true))
            {
                ReadOnlyMemory<Entry> page = log.NextCommitted(allowUnstable: true);
                Assert.False(page.IsEmpty);
                log.AcceptApplying(page.Span, allowUnstable: true);
                log.AppliedTo(page.Span[^1].Index, EntrySizes.Encoded(page.Span));
                handedOut.AddRange(page.ToArray().Select(entry => entry.Index));
            }

            Assert.Equal(Enumerable.Range(1, (int)Last).Select(index => (ulong)index), handedOut);
        }
    }

    [Theory]
    [MemberData(nameof(StableEnds))]
    public void A_page_is_the_longest_run_of_entries_within_its_limit(ulong stableEnd)
    {
        Entry[] all = [.. Enumerable.Range(1, (int)Last).Select(index => Of((ulong)index))];
        for (ulong limit = 1; limit <= EntrySizes.Encoded(all) + 1; limit++)
        {
            int fitting = Enumerable.Range(1, all.Length).Last(count => count == 1 || EntrySizes.Encoded(all.AsSpan(0, count)) <= limit);
            Assert.Equal(fitting, LogOf(all, stableEnd, limit).NextCommitted(allowUnstable: true).Length);
        }
    }

    private static RaftLog LogOf(Entry[] all, ulong stableEnd, ulong limit)
    {
        MemoryLogStorage storage = new();
        storage.Append(all.AsSpan(0, (int)stableEnd));
        RaftLog log = new(storage, limit);
        log.Append(all.AsSpan((int)stableEnd));
        log.CommitTo(Last);
        return log;
    }

    /// <summary>Small and large ones by turns, so that a small one fits behind a large one that does not.</summary>
    private static Entry Of(ulong index) => new(EntryType.Normal, 1, index, new byte[index % 3 == 0 ? 40 : index]);
}
