using Netcd.Protocol.V3;

namespace Netcd.Simulation.Model;

/// <summary>The store as one would write it without a thought for speed: the whole history in a list, searched from end to end.</summary>
internal sealed class ModelStore
{
    private readonly SortedDictionary<byte[], List<KeyState>> keys = new(ByteOrder.Instance);
    private bool hasChanges;

    public long Revision { get; private set; } = 1;

    public long CompactRevision { get; private set; } = -1;

    /// <summary>Every version that every key has had, deletions too, in order.</summary>
    public IEnumerable<(byte[] Key, IReadOnlyList<KeyState> History)> Histories =>
        keys.Select(static pair => (pair.Key, (IReadOnlyList<KeyState>)pair.Value));

    /// <summary>The revision that a read within the running transaction is answered at.</summary>
    public long RevisionInTransaction => hasChanges ? Revision + 1 : Revision;

    /// <summary>Writes a key as a transaction of its own.</summary>
    public void Put(byte[] key, byte[] value, long lease)
    {
        PutInTransaction(key, value, lease);
        EndTransaction();
    }

    /// <summary>Deletes keys as a transaction of its own.</summary>
    public int DeleteRange(byte[] key, byte[] end)
    {
        int deleted = DeleteInTransaction(key, end);
        EndTransaction();
        return deleted;
    }

    public void PutInTransaction(byte[] key, byte[] value, long lease)
    {
        KeyState? present = At(key, RevisionInTransaction);
        hasChanges = true;
        Add(key, new KeyState(RevisionInTransaction, present?.Create ?? RevisionInTransaction, (present?.Version ?? 0) + 1, value, lease));
    }

    public int DeleteInTransaction(byte[] key, byte[] end)
    {
        long at = RevisionInTransaction;
        List<byte[]> live = [.. keys.Keys.Where(candidate => IsWithin(candidate, key, end) && At(candidate, at) is not null)];
        hasChanges |= live.Count > 0;
        live.ForEach(deleted => Add(deleted, new KeyState(RevisionInTransaction, 0, 0, null, 0)));
        return live.Count;
    }

    /// <summary>All changes since the last one's end become one revision; without any there is none.</summary>
    public void EndTransaction()
    {
        Revision = RevisionInTransaction;
        hasChanges = false;
    }

    public void Compact(long revision) => CompactRevision = revision;

    /// <summary>What a Range is to answer: keys with their states, whether more were cut off, and the full count.</summary>
    public (List<(byte[] Key, KeyState State)> Found, bool More, long Count) Range(RangeRequest request)
    {
        long at = request.Revision <= 0 ? RevisionInTransaction : request.Revision;
        IEnumerable<(byte[] Key, KeyState State)> all = keys.Keys
            .Where(key => IsWithin(key, request.Key.ToByteArray(), request.RangeEnd.ToByteArray()))
            .Select(key => (Key: key, State: At(key, at)))
            .Where(found => found.State is not null)
            .Select(found => (found.Key, found.State!));
        List<(byte[] Key, KeyState State)> matching = [.. all];
        long count = matching.Count;
        if (request.CountOnly)
        {
            return ([], false, count);
        }

        bool isFiltered = (request.MinModRevision | request.MaxModRevision | request.MinCreateRevision | request.MaxCreateRevision) != 0;
        bool cutsEarly = !isFiltered && request.SortOrder == RangeRequest.Types.SortOrder.None && request.Limit > 0;
        matching = cutsEarly ? [.. matching.Take((int)request.Limit + 1)] : matching;
        matching = [.. matching.Where(found => Accepts(request, found.State))];
        matching = Sort(matching, request);
        bool more = request.Limit > 0 && matching.Count > request.Limit;
        return (more ? [.. matching.Take((int)request.Limit)] : matching, more, count);
    }

    private static List<(byte[] Key, KeyState State)> Sort(List<(byte[] Key, KeyState State)> found, RangeRequest request)
    {
        bool isDescending = request.SortOrder == RangeRequest.Types.SortOrder.Descend;
        Comparison<(byte[] Key, KeyState State)> order = request.SortTarget switch
        {
            RangeRequest.Types.SortTarget.Version => (a, b) => a.State.Version.CompareTo(b.State.Version),
            RangeRequest.Types.SortTarget.Create => (a, b) => a.State.Create.CompareTo(b.State.Create),
            RangeRequest.Types.SortTarget.Mod => (a, b) => a.State.Mod.CompareTo(b.State.Mod),
            RangeRequest.Types.SortTarget.Value => (a, b) => ByteOrder.Instance.Compare(a.State.Value, b.State.Value),
            _ => (a, b) => ByteOrder.Instance.Compare(a.Key, b.Key),
        };
        Comparer<(byte[] Key, KeyState State)> comparer = Comparer<(byte[], KeyState)>.Create(order);
        return isDescending ? [.. found.OrderDescending(comparer)] : [.. found.Order(comparer)];
    }

    private static bool Accepts(RangeRequest request, KeyState state) =>
        (request.MinModRevision == 0 || state.Mod >= request.MinModRevision)
        && (request.MaxModRevision == 0 || state.Mod <= request.MaxModRevision)
        && (request.MinCreateRevision == 0 || state.Create >= request.MinCreateRevision)
        && (request.MaxCreateRevision == 0 || state.Create <= request.MaxCreateRevision);

    private static bool IsWithin(byte[] candidate, byte[] key, byte[] end) => end switch
    {
        [] => candidate.AsSpan().SequenceEqual(key),
        [0] => ByteOrder.Instance.Compare(candidate, key) >= 0,
        _ => ByteOrder.Instance.Compare(candidate, key) >= 0 && ByteOrder.Instance.Compare(candidate, end) < 0,
    };

    /// <summary>A key as it was at a revision; null where it was not there.</summary>
    public KeyState? At(byte[] key, long revision)
    {
        if (!keys.TryGetValue(key, out List<KeyState>? history))
        {
            return null;
        }

        int low = 0;
        int high = history.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = history[middle].Mod <= revision ? (middle + 1, high) : (low, middle);
        }

        return low == 0 || history[low - 1].Value is null ? null : history[low - 1];
    }

    private void Add(byte[] key, KeyState state)
    {
        if (!keys.TryGetValue(key, out List<KeyState>? history))
        {
            keys.Add(key, history = []);
        }

        history.Add(state);
    }

    internal sealed record KeyState(long Mod, long Create, long Version, byte[]? Value, long Lease);

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? left, byte[]? right) => left.AsSpan().SequenceCompareTo(right);
    }
}
