using Google.Protobuf;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Model;

/// <summary>Applies the log's requests to the model, as etcd's documentation has it and without a thought for speed.</summary>
internal sealed class ModelApplier
{
    private const long MinLeaseTtlSeconds = 2;

    private readonly Dictionary<long, long> leases = [];

    /// <summary>A lease was granted (true) or revoked (false).</summary>
    public Action<long, bool> LeaseChanged { get; set; } = static (_, _) => { };

    /// <summary>The store, with all of its history.</summary>
    public ModelStore Store { get; } = new();

    /// <summary>Users and roles, with all of their history.</summary>
    public AuthHistory Users { get; } = new();

    /// <summary>The alarms that are raised.</summary>
    public NaiveAlarms Alarms { get; } = new();

    /// <summary>Applies a request.</summary>
    /// <returns>The response, or the error that it ends with; both null for what does not concern the store.</returns>
    public (IMessage? Response, EtcdError? Error) Apply(InternalRaftRequest request)
    {
        if (Alarms.Refusal(request) is { } alarmed)
        {
            return (null, alarmed);
        }

        if (Users.Now.Apply(request, KeysOf) is { } denial)
        {
            return (null, denial);
        }

        if (request.LeaseGrant is { } grant)
        {
            return Grant(grant);
        }

        if (request.LeaseRevoke is { } revoke)
        {
            return Revoke(revoke);
        }

        if (request.Put is { } put)
        {
            if (put.Lease != 0 && !leases.ContainsKey(put.Lease))
            {
                return (null, EtcdErrors.LeaseNotFound);
            }

            PutResponse response = Put(put);
            Store.EndTransaction();
            return (response, null);
        }

        if (request.DeleteRange is { } delete)
        {
            DeleteRangeResponse response = Delete(delete);
            Store.EndTransaction();
            return (response, null);
        }

        if (request.Txn is { } txn)
        {
            bool succeeded = txn.Compare.All(IsTrue);
            if ((succeeded ? txn.Success : txn.Failure).Any(PutsOnUnknownLease))
            {
                return (null, EtcdErrors.LeaseNotFound);
            }

            TxnResponse response = Txn(txn, succeeded);
            Store.EndTransaction();
            response.Header = new ResponseHeader { Revision = Store.Revision };
            return (response, null);
        }

        if (request.Alarm is { } alarm)
        {
            return (Alarms.Apply(alarm), null);
        }

        return request.Compaction is { } compaction ? Compact(compaction) : (null, null);
    }

    /// <summary>What a Range is to answer at the store's present revision.</summary>
    public RangeResponse Range(RangeRequest request) => Range(request, Store.RevisionInTransaction);

    /// <summary>What a Range was to answer when the store stood at a revision.</summary>
    public RangeResponse Range(RangeRequest request, long present)
    {
        RangeRequest then = request.Clone();
        then.Revision = request.Revision <= 0 ? present : request.Revision;
        (List<(byte[] Key, ModelStore.KeyState State)> found, bool more, long count) = Store.Range(then);
        RangeResponse response = new() { Header = new ResponseHeader { Revision = present }, More = more, Count = count };
        foreach ((byte[] key, ModelStore.KeyState state) in found)
        {
            KeyValue kv = MessageOf(key, state);
            kv.Value = request.KeysOnly ? ByteString.Empty : kv.Value;
            response.Kvs.Add(kv);
        }

        return response;
    }

    private (IMessage? Response, EtcdError? Error) Grant(LeaseGrantRequest request)
    {
        if (!leases.TryAdd(request.ID, Math.Max(request.TTL, MinLeaseTtlSeconds)))
        {
            return (null, EtcdErrors.LeaseExists);
        }

        LeaseChanged(request.ID, true);
        ResponseHeader header = new() { Revision = Store.Revision };
        return (new LeaseGrantResponse { Header = header, ID = request.ID, TTL = leases[request.ID] }, null);
    }

    private (IMessage? Response, EtcdError? Error) Revoke(LeaseRevokeRequest request)
    {
        if (!leases.Remove(request.ID))
        {
            return (null, EtcdErrors.LeaseNotFound);
        }

        foreach (byte[] key in AttachedTo(request.ID))
        {
            Store.DeleteInTransaction(key, []);
        }

        Store.EndTransaction();
        LeaseChanged(request.ID, false);
        return (new LeaseRevokeResponse { Header = new ResponseHeader { Revision = Store.Revision } }, null);
    }

    private byte[][] AttachedTo(long lease) =>
        [.. Store.Histories.Where(pair => pair.History[^1].Value is not null && pair.History[^1].Lease == lease).Select(pair => pair.Key)];

    private IEnumerable<string>? KeysOf(long lease) =>
        leases.ContainsKey(lease) ? AttachedTo(lease).Select(System.Text.Encoding.UTF8.GetString) : null;

    private PutResponse Put(PutRequest request)
    {
        byte[] key = request.Key.ToByteArray();
        ModelStore.KeyState? before = Store.At(key, Store.RevisionInTransaction);
        Store.PutInTransaction(key, request.Value.ToByteArray(), request.Lease);
        return new PutResponse
        {
            Header = new ResponseHeader { Revision = Store.RevisionInTransaction },
            PrevKv = request.PrevKv && before is not null ? MessageOf(key, before) : null,
        };
    }

    private DeleteRangeResponse Delete(DeleteRangeRequest request)
    {
        DeleteRangeResponse response = new();
        if (request.PrevKv)
        {
            response.PrevKvs.AddRange(Range(new RangeRequest { Key = request.Key, RangeEnd = request.RangeEnd }).Kvs);
        }

        response.Deleted = Store.DeleteInTransaction(request.Key.ToByteArray(), request.RangeEnd.ToByteArray());
        response.Header = new ResponseHeader { Revision = Store.RevisionInTransaction };
        return response;
    }

    /// <summary>A transaction that would put on a lease that is not there changes nothing.</summary>
    private bool PutsOnUnknownLease(RequestOp operation) =>
        operation.RequestPut is { Lease: not 0 } put && !leases.ContainsKey(put.Lease);

    private TxnResponse Txn(TxnRequest request, bool succeeded)
    {
        TxnResponse response = new() { Succeeded = succeeded };
        foreach (RequestOp operation in succeeded ? request.Success : request.Failure)
        {
            response.Responses.Add(operation.RequestCase switch
            {
                RequestOp.RequestOneofCase.RequestRange => new ResponseOp { ResponseRange = Range(operation.RequestRange) },
                RequestOp.RequestOneofCase.RequestPut => new ResponseOp { ResponsePut = Put(operation.RequestPut) },
                RequestOp.RequestOneofCase.RequestDeleteRange =>
                    new ResponseOp { ResponseDeleteRange = Delete(operation.RequestDeleteRange) },
                RequestOp.RequestOneofCase.RequestTxn when operation.RequestTxn.Compare.Count == 0 =>
                    new ResponseOp { ResponseTxn = Nested(operation.RequestTxn) },
                _ => throw new NotSupportedException($"the model knows no {operation.RequestCase}"),
            });
        }

        return response;
    }

    private TxnResponse Nested(TxnRequest request)
    {
        TxnResponse response = Txn(request, succeeded: true);
        response.Header = new ResponseHeader();
        return response;
    }

    /// <summary>Over an interval a condition holds where it does for each key that is there, or for a missing one where none is.</summary>
    private bool IsTrue(Compare compare)
    {
        (List<(byte[] Key, ModelStore.KeyState State)> found, _, _) = Store.Range(
            new RangeRequest { Key = compare.Key, RangeEnd = compare.RangeEnd });
        return found.Count == 0 ? IsTrue(compare, null) : found.TrueForAll(key => IsTrue(compare, key.State));
    }

    /// <summary>A key that is not there compares as one of zeros, and its value with nothing.</summary>
    private static bool IsTrue(Compare compare, ModelStore.KeyState? state)
    {
        if (state is null && compare.Target == Compare.Types.CompareTarget.Value)
        {
            return false;
        }

        int order = compare.Target switch
        {
            Compare.Types.CompareTarget.Version => (state?.Version ?? 0).CompareTo(compare.Version),
            Compare.Types.CompareTarget.Create => (state?.Create ?? 0).CompareTo(compare.CreateRevision),
            Compare.Types.CompareTarget.Mod => (state?.Mod ?? 0).CompareTo(compare.ModRevision),
            Compare.Types.CompareTarget.Lease => (state?.Lease ?? 0).CompareTo(compare.Lease),
            _ => state!.Value.AsSpan().SequenceCompareTo(compare.Value.Span),
        };
        return compare.Result switch
        {
            Compare.Types.CompareResult.Equal => order == 0,
            Compare.Types.CompareResult.NotEqual => order != 0,
            Compare.Types.CompareResult.Greater => order > 0,
            _ => order < 0,
        };
    }

    private (IMessage? Response, EtcdError? Error) Compact(CompactionRequest request)
    {
        if (request.Revision <= Store.CompactRevision)
        {
            return (null, EtcdErrors.Compacted);
        }

        if (request.Revision > Store.Revision)
        {
            return (null, EtcdErrors.FutureRevision);
        }

        Store.Compact(request.Revision);
        return (new CompactionResponse { Header = new ResponseHeader { Revision = Store.Revision } }, null);
    }

    private static KeyValue MessageOf(byte[] key, ModelStore.KeyState state) => new()
    {
        Key = ByteString.CopyFrom(key),
        Value = ByteString.CopyFrom(state.Value!),
        CreateRevision = state.Create,
        ModRevision = state.Mod,
        Version = state.Version,
        Lease = state.Lease,
    };
}
