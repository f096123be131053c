using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Simulation.Histories;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>
/// What the answers say of writes that nobody was told the outcome of: which key was written at which revision, and between
/// which revisions a key was not. Every order that explains the answers agrees with it, so a search that does not look
/// elsewhere misses none.
/// </summary>
internal sealed class Observations
{
    private readonly Dictionary<long, Dictionary<ByteString, KeyValue>> written = [];
    private readonly Dictionary<ByteString, SortedList<long, long>> untouched = [];

    public Observations(IEnumerable<Operation> operations)
    {
        foreach (Operation operation in operations)
        {
            if (operation.IsAnswered)
            {
                long state = Answers.HasWritten(operation.Response!) ? operation.HeaderRevision - 1 : operation.HeaderRevision;
                Note(operation.Request, operation.Response!, state);
            }
        }
    }

    /// <summary>Whether a transaction that has written some keys can be the one of a revision.</summary>
    public bool Allow(long revision, KvModel after, IEnumerable<ByteString> keys)
    {
        foreach (ByteString key in keys)
        {
            if (IsUntouched(key, revision))
            {
                return false;
            }
        }

        return !written.TryGetValue(revision, out Dictionary<ByteString, KeyValue>? seen)
            || seen.All(pair => Fits(after.Latest(pair.Key), pair.Value));
    }

    /// <summary>A response without values (keys only) tells of the revisions alone.</summary>
    private static bool Fits(KeyValue? holds, KeyValue seen) =>
        holds is not null && holds.ModRevision == seen.ModRevision && holds.CreateRevision == seen.CreateRevision
        && holds.Version == seen.Version && (seen.Value.IsEmpty || seen.Value.Equals(holds.Value));

    private bool IsUntouched(ByteString key, long revision)
    {
        if (!untouched.TryGetValue(key, out SortedList<long, long>? spans))
        {
            return false;
        }

        int low = 0;
        int high = spans.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = spans.GetKeyAtIndex(middle) < revision ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && spans.GetValueAtIndex(low - 1) >= revision;
    }

    private void Note(IMessage request, IMessage response, long state)
    {
        switch (response)
        {
            case PutResponse { PrevKv: { } previous }:
                Note(previous, state);
                break;
            case DeleteRangeResponse delete:
                Note(delete.PrevKvs, state);
                break;
            case RangeResponse range:
                long asked = request is RangeRequest { Revision: > 0 } at ? at.Revision : state;
                Note(range.Kvs, Math.Min(asked, state));
                break;
            case TxnResponse txn when request is TxnRequest asks:
                Google.Protobuf.Collections.RepeatedField<RequestOp> branch = txn.Succeeded ? asks.Success : asks.Failure;
                for (int i = 0; i < Math.Min(branch.Count, txn.Responses.Count); i++)
                {
                    Note(branch[i], txn.Responses[i], state);
                }

                break;
        }
    }

    private void Note(RequestOp request, ResponseOp response, long state)
    {
        (IMessage Request, IMessage Response)? inner = response.ResponseCase switch
        {
            ResponseOp.ResponseOneofCase.ResponsePut => (request.RequestPut, response.ResponsePut),
            ResponseOp.ResponseOneofCase.ResponseDeleteRange => (request.RequestDeleteRange, response.ResponseDeleteRange),
            ResponseOp.ResponseOneofCase.ResponseRange => (request.RequestRange, response.ResponseRange),
            ResponseOp.ResponseOneofCase.ResponseTxn => (request.RequestTxn, response.ResponseTxn),
            _ => null,
        };
        if (inner is { } pair && pair.Request is not null)
        {
            Note(pair.Request, pair.Response, state);
        }
    }

    private void Note(IEnumerable<KeyValue> seen, long state)
    {
        foreach (KeyValue kv in seen)
        {
            Note(kv, state);
        }
    }

    private void Note(KeyValue kv, long state)
    {
        if (kv.ModRevision > state)
        {
            // What a transaction sees of its own writes may not be what it leaves behind.
            return;
        }

        if (!written.TryGetValue(kv.ModRevision, out Dictionary<ByteString, KeyValue>? at))
        {
            written.Add(kv.ModRevision, at = []);
        }

        if (!at.TryGetValue(kv.Key, out KeyValue? known) || known.Value.IsEmpty)
        {
            at[kv.Key] = kv;
        }

        if (!untouched.TryGetValue(kv.Key, out SortedList<long, long>? spans))
        {
            untouched.Add(kv.Key, spans = []);
        }

        spans[kv.ModRevision] = Math.Max(state, spans.GetValueOrDefault(kv.ModRevision));
    }
}
