using System.Globalization;
using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>Draws what a client asks for next.</summary>
internal sealed class ClientRequests(SimulationRandom random, RunProfile profile, ClientLedger ledger, string client)
{
    private static readonly ByteString First = ByteString.CopyFromUtf8("k");
    private static readonly ByteString End = ByteString.CopyFromUtf8("l");
    private readonly SimulationRandom pieces = random.Branch("entries in pieces");
    private int number;

    /// <summary>A request of the KV service.</summary>
    public IMessage Next() => random.Below(100) switch
    {
        < 34 => Put(),
        < 66 => Range(),
        < 74 => Delete(),
        _ => Txn(),
    };

    /// <summary>A read of the present, which has to be confirmed.</summary>
    public RangeRequest NextRead() => new() { Key = Key() };

    private PutRequest Put() => new() { Key = Key(), Value = Value(), PrevKv = random.Percent(30) };

    private RangeRequest Range()
    {
        RangeRequest request = new() { Key = Key(), Serializable = random.Percent(25) };
        if (random.Percent(25))
        {
            (request.Key, request.RangeEnd) = (First, End);
            request.Limit = random.Percent(30) ? random.Between(1, 5) : 0;
            request.CountOnly = random.Percent(10);
            request.KeysOnly = random.Percent(10);
        }

        if (random.Percent(20) && ledger.NewestRevision > 2)
        {
            request.Revision = Math.Max(1, ledger.NewestRevision - random.Between(0, 40) + (random.Percent(5) ? 60 : 0));
        }

        return request;
    }

    private DeleteRangeRequest Delete()
    {
        DeleteRangeRequest request = new() { Key = Key(), PrevKv = true };
        if (random.Percent(15))
        {
            ByteString other = Key();
            (request.Key, request.RangeEnd) = Compare(request.Key, other) < 0 ? (request.Key, other) : (other, request.Key);
            request.RangeEnd = request.RangeEnd.Equals(request.Key) ? ByteString.Empty : request.RangeEnd;
        }

        return request;
    }

    private TxnRequest Txn()
    {
        TxnRequest request = new();
        for (int i = random.Below(3); i > 0; i--)
        {
            request.Compare.Add(Condition());
        }

        List<ByteString> written = [];
        for (int i = 1 + random.Below(3); i > 0; i--)
        {
            request.Success.Add(Operation(written));
        }

        written.Clear();
        for (int i = random.Below(3); i > 0; i--)
        {
            request.Failure.Add(Operation(written));
        }

        if (profile.AreEntriesInPieces && pieces.Percent(40))
        {
            Lengthen(request);
        }

        return request;
    }

    /// <summary>Adds what looks at all keys, so that the entry takes several steps to apply.</summary>
    private void Lengthen(TxnRequest request)
    {
        for (int i = pieces.Below(8); i > 0; i--)
        {
            // Mostly one that holds, so that the walk does not end at the first key.
            request.Compare.Add(new Compare
            {
                Key = First,
                RangeEnd = End,
                Target = Netcd.Protocol.V3.Compare.Types.CompareTarget.Version,
                Result = pieces.Percent(80)
                    ? Netcd.Protocol.V3.Compare.Types.CompareResult.Greater
                    : Netcd.Protocol.V3.Compare.Types.CompareResult.Less,
                Version = pieces.Percent(80) ? -1 : 2,
            });
        }

        RequestOp all = new() { RequestRange = new RangeRequest { Key = First, RangeEnd = End } };
        request.Success.Insert(pieces.Below(request.Success.Count + 1), all);
        if (pieces.Percent(profile.IsOnlySlow ? 40 : 20))
        {
            request.Failure.Clear();
            request.Failure.Add(all);
            request.Failure.Add(
                new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = First, RangeEnd = End, PrevKv = true } });
            request.Failure.Add(all);
        }
    }

    private Compare Condition()
    {
        Compare compare = new() { Key = Key(), Result = (Compare.Types.CompareResult)random.Below(4) };
        switch (random.Below(5))
        {
            case 0:
                compare.Target = Netcd.Protocol.V3.Compare.Types.CompareTarget.Version;
                compare.Version = random.Between(0, 3);
                break;
            case 1:
                compare.Target = Netcd.Protocol.V3.Compare.Types.CompareTarget.Create;
                compare.CreateRevision = random.Percent(50) ? 0 : random.Between(0, ledger.NewestRevision);
                break;
            case 2:
                compare.Target = Netcd.Protocol.V3.Compare.Types.CompareTarget.Mod;
                compare.ModRevision = random.Percent(30)
                    ? 0
                    : random.Between(Math.Max(0, ledger.NewestRevision - 20), ledger.NewestRevision);
                break;
            case 3:
                compare.Target = Netcd.Protocol.V3.Compare.Types.CompareTarget.Value;
                compare.Value = Value();
                break;
            default:
                compare.Target = Netcd.Protocol.V3.Compare.Types.CompareTarget.Lease;
                compare.Lease = random.Between(0, 1);
                break;
        }

        return compare;
    }

    /// <summary>An operation of a branch; no branch writes a key twice.</summary>
    private RequestOp Operation(List<ByteString> written)
    {
        ByteString key = Key();
        if (random.Percent(35) || written.Contains(key))
        {
            return new RequestOp { RequestRange = new RangeRequest { Key = key } };
        }

        written.Add(key);
        return random.Percent(75)
            ? new RequestOp { RequestPut = new PutRequest { Key = key, Value = Value() } }
            : new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = key, PrevKv = true } };
    }

    private ByteString Key() => ByteString.CopyFromUtf8("k" + random.Below(profile.Keys).ToString(CultureInfo.InvariantCulture));

    private ByteString Value()
    {
        string value = string.Create(CultureInfo.InvariantCulture, $"{client}-{++number}");
        return ByteString.CopyFromUtf8(random.Percent(profile.LargeValuesPercent) ? value + new string('.', 3_000) : value);
    }

    private static int Compare(ByteString left, ByteString right) => left.Span.SequenceCompareTo(right.Span);
}
