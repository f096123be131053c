using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Differential;

/// <summary>Calls of the KV service drawn from a seed: mostly meaningful, some wrong. It is told the revision, so that old ones can be
/// asked for.</summary>
internal sealed class RandomCalls(int seed)
{
    private const int DeepestTransaction = 3;

    // The same calls for the same seed are the point: nothing here is a secret.
#pragma warning disable CA5394
    private readonly Random random = new(seed);

    public long Revision { get; set; } = 1;

    public long Compacted { get; private set; }

    public IMessage Next() => random.Next(100) switch
    {
        < 35 => Put(),
        < 65 => Range(),
        < 75 => Delete(),
        < 97 => Transaction(DeepestTransaction),
        _ => Compaction(),
    };

    private RangeRequest Range()
    {
        (ByteString key, ByteString end) = Interval();
        RangeRequest request = new()
        {
            Key = key,
            RangeEnd = end,
            Limit = Chance(3) ? random.Next(-1, 15) : 0,
            Revision = Chance(3) ? SomeRevision() : 0,
            SortOrder = (RangeRequest.Types.SortOrder)random.Next(3),
            SortTarget = (RangeRequest.Types.SortTarget)random.Next(5),
            Serializable = Chance(2),
            KeysOnly = Chance(6),
            CountOnly = Chance(8),
        };
        if (Chance(5))
        {
            request.MinModRevision = random.NextInt64(Revision + 2);
            request.MaxModRevision = Chance(2) ? random.NextInt64(Revision + 2) : 0;
        }

        if (Chance(5))
        {
            request.MinCreateRevision = Chance(2) ? random.NextInt64(Revision + 2) : 0;
            request.MaxCreateRevision = random.NextInt64(Revision + 2);
        }

        return request;
    }

    private PutRequest Put()
    {
        bool ignoreValue = Chance(12);
        bool ignoreLease = Chance(12);
        return new PutRequest
        {
            Key = Key(),
            Value = ignoreValue && !Chance(4) ? ByteString.Empty : Value(),
            Lease = Chance(25) ? random.Next(1, 5) : 0,
            PrevKv = Chance(2),
            IgnoreValue = ignoreValue,
            IgnoreLease = ignoreLease,
        };
    }

    private DeleteRangeRequest Delete()
    {
        (ByteString key, ByteString end) = Chance(2) ? (Key(), ByteString.Empty) : Interval();
        return new DeleteRangeRequest { Key = key, RangeEnd = end, PrevKv = Chance(2) };
    }

    /// <summary>
    /// Not with an open end: etcd overlooks such a deletion when it checks a branch for overlaps, and its process ends when a
    /// put of the same branch then misses the key whose value it is to keep.
    /// </summary>
    private DeleteRangeRequest DeleteInTransaction()
    {
        DeleteRangeRequest request = Delete();
        if (request.RangeEnd == Utf8("\0"))
        {
            request.RangeEnd = ByteString.Empty;
        }

        return request;
    }

    private TxnRequest Transaction(int depth)
    {
        TxnRequest request = new();
        for (int n = random.Next(4); n > 0; n--)
        {
            request.Compare.Add(Comparison());
        }

        for (int n = random.Next(Chance(60) ? 140 : 5); n > 0; n--)
        {
            request.Success.Add(Operation(depth));
        }

        for (int n = random.Next(5); n > 0; n--)
        {
            request.Failure.Add(Operation(depth));
        }

        return request;
    }

    private RequestOp Operation(int depth) => random.Next(10) switch
    {
        < 4 => new RequestOp { RequestPut = Put() },
        < 7 => new RequestOp { RequestRange = Range() },
        < 8 => new RequestOp { RequestDeleteRange = DeleteInTransaction() },
        _ when depth > 0 => new RequestOp { RequestTxn = Transaction(depth - 1) },
        _ => new RequestOp { RequestRange = Range() },
    };

    private Compare Comparison()
    {
        Compare compare = new()
        {
            Key = Key(),
            Result = (Compare.Types.CompareResult)random.Next(4),
            Target = (Compare.Types.CompareTarget)random.Next(5),
        };
        if (Chance(4))
        {
            (compare.Key, compare.RangeEnd) = Interval();
        }

        // One in many carries another field than its target says.
        switch (Chance(30) ? (Compare.Types.CompareTarget)random.Next(5) : compare.Target)
        {
            case Compare.Types.CompareTarget.Version: compare.Version = random.Next(4); break;
            case Compare.Types.CompareTarget.Create: compare.CreateRevision = random.NextInt64(Revision + 1); break;
            case Compare.Types.CompareTarget.Mod: compare.ModRevision = random.NextInt64(Revision + 1); break;
            case Compare.Types.CompareTarget.Value: compare.Value = Value(); break;
            default: compare.Lease = random.Next(2); break;
        }

        return compare;
    }

    private CompactionRequest Compaction()
    {
        long revision = SomeRevision();
        if (revision > Compacted && revision <= Revision)
        {
            Compacted = revision;
        }

        return new CompactionRequest { Revision = revision, Physical = Chance(2) };
    }

    private long SomeRevision() =>
        Chance(10) ? Revision + random.Next(1, 5) : Chance(15) ? -1 : random.NextInt64(Math.Max(1, Compacted), Revision + 1);

    private (ByteString Key, ByteString End) Interval() => random.Next(8) switch
    {
        0 => (Utf8("\0"), Utf8("\0")),
        1 => (Key(), Utf8("\0")),
        2 => (Utf8("k"), Utf8("l")),
        3 => (Utf8("m"), Utf8("n")),
        4 => (Key(), ByteString.Empty),
        _ => (Key(), Key()),
    };

    // A few keys of their own, that are met often, and more in a group that is scanned.
    private ByteString Key() => Chance(80) ? ByteString.Empty : Chance(2)
        ? Utf8("k" + random.Next(8).ToString(CultureInfo.InvariantCulture))
        : Utf8("m" + random.Next(40).ToString("00", CultureInfo.InvariantCulture));

    private ByteString Value() => Chance(12) ? ByteString.Empty : Utf8("v" + random.Next(50).ToString(CultureInfo.InvariantCulture));

    private bool Chance(int oneIn) => random.Next(oneIn) == 0;
#pragma warning restore CA5394

    private static ByteString Utf8(string text) => ByteString.CopyFromUtf8(text);
}
