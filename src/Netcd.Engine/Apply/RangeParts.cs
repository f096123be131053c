using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.Records;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Apply;

/// <summary>
/// Reads the ranges that stand in writes: small ones at once, those that would hold up everything behind them for a
/// <see cref="LateAnswer"/>.
/// </summary>
internal sealed class RangeParts(MvccStore store, WorkMeter meter)
{
    private const int SmallBytes = 64 * 1024;

    /// <summary>What is read later; null where all was small.</summary>
    public LateAnswer? Late { get; private set; }

    /// <summary>Reads a range at this place of the transaction, now or later.</summary>
    public void Read(RangeRequest request, Action<RangeResult> fill)
    {
        ReadState state = store.Working;
        if (MayBeSmall(state, request))
        {
            RangeResult result = RangeReader.Read(state, request);
            long bytes = 0;
            foreach (RecordBytes record in result.Records)
            {
                bytes += record.Length;
            }

            meter.Spend(1 + result.Records.Count);
            if (bytes <= SmallBytes)
            {
                fill(result);
                return;
            }
        }

        meter.Spend(1);
        Late ??= new LateAnswer();
        Late.Add(store.Freeze(), request, fill);
    }

    private bool MayBeSmall(ReadState state, RangeRequest request)
    {
        if (request.RangeEnd.IsEmpty)
        {
            return meter.IsLittle(1);
        }

        // A read of the past may walk over all that was ever there.
        return request.Revision <= 0 && meter.IsLittle(state.Index.CountLive(new KeyInterval(request.Key.Span, request.RangeEnd.Span)));
    }
}
