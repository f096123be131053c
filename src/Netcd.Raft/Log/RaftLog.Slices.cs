namespace Netcd.Raft;

/// <content>Reading ranges that may lie in the storage, in the unstable tail, or across both.</content>
internal sealed partial class RaftLog
{
    /// <summary>The entries from an index to the end, within a size. Empty beyond the end.</summary>
    public LogResult EntriesFrom(ulong index, ulong maxBytes, out ReadOnlyMemory<Entry> entries)
    {
        ulong last = LastIndex;
        if (index > last)
        {
            entries = default;
            return LogResult.Ok;
        }

        return Slice(index, last + 1, maxBytes, out entries);
    }

    /// <summary>The entries from <paramref name="low"/> to before <paramref name="high"/>, within a size but at least one.</summary>
    public LogResult Slice(ulong low, ulong high, ulong maxBytes, out ReadOnlyMemory<Entry> entries)
    {
        entries = default;
        if (low > high)
        {
            throw new RaftInvariantException($"a slice runs forward: {low} > {high}");
        }

        if (low < FirstIndex)
        {
            return LogResult.Compacted;
        }

        if (high > LastIndex + 1)
        {
            throw new RaftInvariantException($"slice [{low},{high}) lies within [{FirstIndex},{LastIndex}]");
        }

        if (low == high)
        {
            return LogResult.Ok;
        }

        if (low >= unstable.Offset)
        {
            entries = EntrySizes.Limit(unstable.Slice(low, high), maxBytes);
            return LogResult.Ok;
        }

        ulong cut = Math.Min(high, unstable.Offset);
        LogResult result = storage.Entries(low, cut, maxBytes, out entries);
        if (result == LogResult.Compacted)
        {
            return result;
        }

        if (result != LogResult.Ok || entries.IsEmpty)
        {
            throw new RaftInvariantException($"the storage holds entries [{low},{cut}) ({result})");
        }

        // Stopped by the size, or all there is.
        if (high <= unstable.Offset || (ulong)entries.Length < cut - low)
        {
            return LogResult.Ok;
        }

        entries = Join(entries, unstable.Slice(unstable.Offset, high), maxBytes);
        return LogResult.Ok;
    }

    private static ReadOnlyMemory<Entry> Join(ReadOnlyMemory<Entry> stable, ReadOnlyMemory<Entry> unstable, ulong maxBytes)
    {
        if (maxBytes != EntrySizes.Unlimited)
        {
            ulong size = EntrySizes.Encoded(stable.Span);
            if (size >= maxBytes)
            {
                return stable;
            }

            unstable = EntrySizes.Limit(unstable, maxBytes - size);
            if (unstable.Length == 1 && size + EntrySizes.Encoded(unstable.Span) > maxBytes)
            {
                return stable;
            }
        }

        Entry[] joined = new Entry[stable.Length + unstable.Length];
        stable.CopyTo(joined);
        unstable.CopyTo(joined.AsMemory(stable.Length));
        return joined;
    }
}
