using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Mvcc;

/// <summary>
/// Range at one state of the store, with all of its options. A limited read at the latest revision costs O(log n + limit), at
/// an older one also the changes since (<see cref="HistoricCount"/>); a sort or a revision filter needs every key, as the limit
/// is cut afterwards.
/// </summary>
internal static class RangeReader
{
    /// <summary>Runs a Range.</summary>
    /// <param name="state">The state to read.</param>
    /// <param name="request">A checked request.</param>
    /// <param name="countsAll">Whether the keys behind the limit are counted too.</param>
    /// <param name="cancellation">Ends the read.</param>
    public static RangeResult Read(ReadState state, RangeRequest request, bool countsAll = true, CancellationToken cancellation = default)
    {
        EtcdError? error = CheckRevision(state, request.Revision);
        if (error is not null)
        {
            return new RangeResult { Error = error, Revision = state.Revision };
        }

        KeyInterval interval = new(request.Key.Span, request.RangeEnd.Span);
        long revision = request.Revision <= 0 ? state.Revision : request.Revision;
        return request.CountOnly
            ? new RangeResult { Revision = state.Revision, Count = Count(state, interval, revision) }
            : ReadRecords(state, request, interval, revision, countsAll, cancellation);
    }

    /// <summary>The keys that a Range looks at, about: those that there are at present.</summary>
    public static long KeysToRead(ReadState state, RangeRequest request)
    {
        KeyInterval interval = new(request.Key.Span, request.RangeEnd.Span);
        if (interval.IsSingle || request.CountOnly)
        {
            return 1;
        }

        long keys = state.Index.CountLive(interval);
        return NeedsAll(request) || request.Limit <= 0 ? keys : Math.Min(keys, request.Limit);
    }

    /// <summary>The present record of one key; false where it does not exist.</summary>
    public static bool TryRead(ReadState state, ReadOnlySpan<byte> key, out RecordBytes record)
    {
        if (state.Index.TryGet(key, out KeyRecord found) && found.IsLive)
        {
            record = state.ReadRecord(found.Mod);
            return true;
        }

        record = default;
        return false;
    }

    /// <summary>Why a read at the revision is impossible, or null.</summary>
    public static EtcdError? CheckRevision(ReadState state, long revision)
    {
        if (revision > state.Revision)
        {
            return EtcdErrors.FutureRevision;
        }

        return revision > 0 && revision < state.CompactRevision ? EtcdErrors.Compacted : null;
    }

    /// <summary>The revisions visible in an interval, up to a limit (0: all), and how many there are in all.</summary>
    public static List<Revision> Revisions(
        ReadState state,
        in KeyInterval interval,
        long revision,
        long limit,
        out long count,
        bool countsAll = true,
        CancellationToken cancellation = default)
    {
        List<Revision> revisions = [];
        if (interval.IsSingle)
        {
            if (state.Index.TryGet(interval.Start, out KeyRecord record) && record.TryGetAt(revision, out Revision visible))
            {
                revisions.Add(visible);
            }

            count = revisions.Count;
            return revisions;
        }

        bool isLatest = revision >= state.Revision;
        count = 0;
        IndexCursor cursor = state.Index.Walk(interval);
        while (cursor.Next(isLatest))
        {
            if (!cursor.Record.TryGetAt(revision, out Revision visible))
            {
                continue;
            }

            count++;
            revisions.Add(visible);
            if (count % Limits.RecordsPerLook == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (limit > 0 && count >= limit)
            {
                count = !countsAll ? count : isLatest
                    ? state.Index.CountLive(interval)
                    : HistoricCount.Finish(state, interval, revision, ref cursor, count);
                break;
            }
        }

        return revisions;
    }

    private static long Count(ReadState state, in KeyInterval interval, long revision)
    {
        if (interval.IsSingle)
        {
            return state.Index.TryGet(interval.Start, out KeyRecord record) && record.TryGetAt(revision, out _) ? 1 : 0;
        }

        if (revision >= state.Revision)
        {
            return state.Index.CountLive(interval);
        }

        IndexCursor walk = state.Index.Walk(interval);
        return HistoricCount.Finish(state, interval, revision, ref walk, counted: 0);
    }

    /// <summary>Ascending by key is the order in which the keys come.</summary>
    private static bool IsSorted(RangeRequest request) =>
        request.SortOrder == RangeRequest.Types.SortOrder.Descend || request.SortTarget != RangeRequest.Types.SortTarget.Key;

    private static bool IsFiltered(RangeRequest request) => request.MinModRevision != 0 || request.MaxModRevision != 0
        || request.MinCreateRevision != 0 || request.MaxCreateRevision != 0;

    /// <summary>etcd reads no more than limit + 1 keys where only a sort target is given without an order, and sorts those.</summary>
    private static bool NeedsAll(RangeRequest request) =>
        IsFiltered(request) || (IsSorted(request) && request.SortOrder != RangeRequest.Types.SortOrder.None);

    private static RangeResult ReadRecords(
        ReadState state, RangeRequest request, in KeyInterval interval, long revision, bool countsAll, CancellationToken cancellation)
    {
        bool isFiltered = IsFiltered(request);
        long limit = NeedsAll(request) || request.Limit <= 0 ? 0 : request.Limit;
        List<Revision> revisions = Revisions(
            state, interval, revision, limit == 0 ? 0 : limit + 1, out long count, countsAll, cancellation);
        List<RecordBytes> records = new(revisions.Count);
        foreach (Revision visible in revisions)
        {
            RecordBytes record = state.ReadRecord(visible);
            if (!isFiltered || RangeFilter.Accepts(request, record))
            {
                records.Add(record);
            }

            if (records.Count % Limits.RecordsPerLook == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }

        if (IsSorted(request))
        {
            RangeSort.Sort(records, request.SortOrder, request.SortTarget);
        }

        bool more = request.Limit > 0 && records.Count > request.Limit;
        if (more)
        {
            records.RemoveRange((int)request.Limit, records.Count - (int)request.Limit);
        }

        if (request.KeysOnly)
        {
            for (int i = 0; i < records.Count; i++)
            {
                records[i] = new RecordBytes(KeyValueView.Parse(records[i].Span).EncodeWithoutValue());
            }
        }

        return new RangeResult { Revision = state.Revision, Count = count, More = more, Records = records };
    }
}

/// <summary>The revision filters of a Range, bounds included.</summary>
internal static class RangeFilter
{
    public static bool Accepts(RangeRequest request, RecordBytes record)
    {
        KeyValueView kv = KeyValueView.Parse(record.Span);
        return IsWithin(kv.ModRevision, request.MinModRevision, request.MaxModRevision)
            && IsWithin(kv.CreateRevision, request.MinCreateRevision, request.MaxCreateRevision);
    }

    private static bool IsWithin(long value, long minimum, long maximum) =>
        (minimum == 0 || value >= minimum) && (maximum == 0 || value <= maximum);
}

/// <summary>The sort options of a Range. Equal elements keep the order of their keys.</summary>
internal static class RangeSort
{
    public static void Sort(List<RecordBytes> records, RangeRequest.Types.SortOrder order, RangeRequest.Types.SortTarget target)
    {
        int sign = order == RangeRequest.Types.SortOrder.Descend ? -1 : 1;
        List<RecordBytes> sorted = target switch
        {
            RangeRequest.Types.SortTarget.Key => sign > 0 ? records : Enumerable.Reverse(records).ToList(),
            RangeRequest.Types.SortTarget.Value => [.. records.Order(Comparer<RecordBytes>.Create((a, b) => sign * CompareValues(a, b)))],
            _ => [.. records.OrderBy(record => sign * Number(record, target))],
        };
        if (!ReferenceEquals(sorted, records))
        {
            records.Clear();
            records.AddRange(sorted);
        }
    }

    private static int CompareValues(RecordBytes left, RecordBytes right) =>
        KeyValueView.Parse(left.Span).Value.SequenceCompareTo(KeyValueView.Parse(right.Span).Value);

    private static long Number(RecordBytes record, RangeRequest.Types.SortTarget target)
    {
        KeyValueView kv = KeyValueView.Parse(record.Span);
        return target switch
        {
            RangeRequest.Types.SortTarget.Version => kv.Version,
            RangeRequest.Types.SortTarget.Create => kv.CreateRevision,
            _ => kv.ModRevision,
        };
    }
}
