using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Watches;

/// <summary>What a script does next.</summary>
internal abstract record WatchStep
{
    public sealed record Write(IMessage Request) : WatchStep;

    public sealed record Create(WatchCreateRequest Request) : WatchStep;

    public sealed record Cancel(long Id) : WatchStep;
}

/// <summary>Writes, compactions, and watches of all kinds drawn from a seed. It is told the revision.</summary>
internal sealed class WatchScript(int seed)
{
    // The same script for the same seed is the point: nothing here is a secret.
#pragma warning disable CA5394
    private readonly Random random = new(seed);

    public long Revision { get; set; } = 1;

    public long Compacted { get; private set; }

    public WatchStep Next() => random.Next(100) switch
    {
        < 45 => new WatchStep.Write(Put()),
        < 57 => new WatchStep.Write(Delete()),
        < 65 => new WatchStep.Write(Transaction()),
        < 70 => new WatchStep.Write(Compaction()),
        < 92 => new WatchStep.Create(Watch()),
        _ => new WatchStep.Cancel(random.Next(14)),
    };

    private WatchCreateRequest Watch()
    {
        (ByteString key, ByteString end) = Interval();
        WatchCreateRequest request = new()
        {
            Key = key,
            RangeEnd = end,
            PrevKv = Chance(2),
            Fragment = Chance(4),
            WatchId = Chance(3) ? random.Next(1, 14) : 0,
            StartRevision = random.Next(6) switch
            {
                0 or 1 => 0,
                2 => Revision + random.Next(1, 4),
                3 => Compacted,
                4 => Chance(6) ? -1 : Math.Max(1, Compacted + random.Next(-2, 3)),
                _ => random.NextInt64(Math.Max(1, Compacted), Revision + 1),
            },
        };
        if (Chance(3))
        {
            request.Filters.Add((WatchCreateRequest.Types.FilterType)random.Next(2));
        }

        return request;
    }

    private PutRequest Put() => new() { Key = Key(), Value = Utf8("v" + random.Next(50).ToString(CultureInfo.InvariantCulture)) };

    private DeleteRangeRequest Delete()
    {
        (ByteString key, ByteString end) = Chance(2) ? (Key(), ByteString.Empty) : Interval();
        return new DeleteRangeRequest { Key = key.IsEmpty ? Utf8("k0") : key, RangeEnd = end };
    }

    private TxnRequest Transaction()
    {
        TxnRequest request = new();
        foreach (int n in Enumerable.Range(0, 8).Where(_ => Chance(2)))
        {
            ByteString key = Utf8("k" + n.ToString(CultureInfo.InvariantCulture));
            request.Success.Add(Chance(3)
                ? new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = key } }
                : new RequestOp { RequestPut = new PutRequest { Key = key, Value = Utf8("t") } });
        }

        return request;
    }

    private CompactionRequest Compaction()
    {
        long revision = random.NextInt64(Math.Max(1, Revision - 12), Revision + 1);
        Compacted = Math.Max(Compacted, revision);
        return new CompactionRequest { Revision = revision, Physical = Chance(2) };
    }

    private (ByteString Key, ByteString End) Interval() => random.Next(8) switch
    {
        0 => (Utf8("\0"), Utf8("\0")),
        1 => (Key(), Utf8("\0")),
        2 => (Utf8("k"), Utf8("l")),
        3 => (ByteString.Empty, Chance(2) ? ByteString.Empty : Utf8("\0")),
        4 or 5 => (Key(), ByteString.Empty),
        _ => (Key(), Key()),
    };

    private ByteString Key() => Utf8("k" + random.Next(8).ToString(CultureInfo.InvariantCulture));

    private bool Chance(int oneIn) => random.Next(oneIn) == 0;
#pragma warning restore CA5394

    private static ByteString Utf8(string text) => ByteString.CopyFromUtf8(text);
}
