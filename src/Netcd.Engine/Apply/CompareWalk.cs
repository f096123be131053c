using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>Decides one condition of a transaction: it holds where it does so for every key that exists in its interval.</summary>
internal struct CompareWalk(Compare compare)
{
    private byte[]? resumeAt;
    private bool hasFound;

    /// <summary>Goes on where it paused, over a state that has not changed since; null where it pauses again.</summary>
    public bool? Step(ReadState state, WorkMeter meter)
    {
        if (compare.RangeEnd.IsEmpty)
        {
            meter.Spend(1);
            return state.Index.TryGet(compare.Key.Span, out KeyRecord only) && only.IsLive ? Holds(state, only) : HoldsForNone;
        }

        KeyInterval interval = new(resumeAt is null ? compare.Key.Span : resumeAt, compare.RangeEnd.Span);
        IndexCursor cursor = state.Index.Walk(interval);
        while (cursor.Next(onlyLive: true))
        {
            hasFound = true;
            if (!Holds(state, cursor.Record))
            {
                return false;
            }

            if (meter.Spend(1))
            {
                resumeAt = [.. cursor.Key, 0];
                return null;
            }
        }

        return hasFound || HoldsForNone;
    }

    /// <summary>A missing key has no value to compare with, not even an empty one; its numbers are 0.</summary>
    private readonly bool HoldsForNone =>
        compare.Target != Compare.Types.CompareTarget.Value && HoldsFor(compare.Target == Compare.Types.CompareTarget.Lease
            ? 0L.CompareTo(compare.Lease)
            : NumberOrder(default));

    private readonly bool Holds(ReadState state, in KeyRecord record) => compare.Target switch
    {
        Compare.Types.CompareTarget.Value =>
            HoldsFor(KeyValueView.Parse(state.ReadRecord(record.Mod).Span).Value.SequenceCompareTo(compare.Value.Span)),
        Compare.Types.CompareTarget.Lease =>
            HoldsFor(KeyValueView.Parse(state.ReadRecord(record.Mod).Span).Lease.CompareTo(compare.Lease)),
        _ => HoldsFor(NumberOrder(record)),
    };

    /// <summary>The numbers stand in the index: no record is read for them.</summary>
    private readonly int NumberOrder(in KeyRecord record) => compare.Target switch
    {
        Compare.Types.CompareTarget.Create => record.CreateMain.CompareTo(compare.CreateRevision),
        Compare.Types.CompareTarget.Mod => record.ModMain.CompareTo(compare.ModRevision),
        Compare.Types.CompareTarget.Version => record.Version.CompareTo(compare.Version),
        _ => 0,
    };

    private readonly bool HoldsFor(int order) => compare.Result switch
    {
        Compare.Types.CompareResult.Equal => order == 0,
        Compare.Types.CompareResult.NotEqual => order != 0,
        Compare.Types.CompareResult.Greater => order > 0,
        Compare.Types.CompareResult.Less => order < 0,
        _ => true,
    };
}
