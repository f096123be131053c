using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;

namespace Netcd.Engine.Mvcc;

/// <summary>
/// How many keys of an interval were visible at an older revision: the count of now, corrected by the keys changed since, or
/// a walk over the interval, whichever ends first.
/// </summary>
/// <remarks>
/// The two advance side by side, so that the cost is at most twice the cheaper one's, without an estimate of either: the
/// number of changes in the interval and of the deleted keys in it are not recorded. Records after the revision read at are
/// never compacted, so the changes since it are all there.
/// </remarks>
internal static class HistoricCount
{
    /// <summary>Keys of the walk for one change: about what one change costs, which is looked up in the index.</summary>
    private const int KeysPerChange = 16;

    /// <summary>Counts on from where a walk of the interval stands.</summary>
    /// <param name="state">The state to read.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="revision">A revision before the state's, not compacted.</param>
    /// <param name="walk">The walk.</param>
    /// <param name="counted">Keys that it has found visible at the revision so far.</param>
    public static long Finish(ReadState state, in KeyInterval interval, long revision, ref IndexCursor walk, long counted)
    {
        HistoryCursor changes = new(state, revision);
        long count = state.Index.CountLive(interval);
        while (changes.Next())
        {
            count += Correction(state, interval, revision, changes);
            for (int i = 0; i < KeysPerChange; i++)
            {
                if (!walk.Next(onlyLive: false))
                {
                    return counted;
                }

                counted += walk.Record.TryGetAt(revision, out _) ? 1 : 0;
            }
        }

        return count;
    }

    /// <summary>What the changed key adds to the count of now; each key counts at its last change alone.</summary>
    private static int Correction(ReadState state, in KeyInterval interval, long revision, in HistoryCursor change)
    {
        ReadOnlySpan<byte> key = KeyValueView.Parse(change.Record.Span).Key;
        if (!interval.Contains(key))
        {
            return 0;
        }

        if (!state.Index.TryGet(key, out KeyRecord record))
        {
            throw new InvalidDataException($"the index lacks the key of revision {change.Revision.Main}.{change.Revision.Sub}");
        }

        return record.Mod != change.Revision ? 0 : (record.TryGetAt(revision, out _) ? 1 : 0) - (record.IsLive ? 1 : 0);
    }
}
