using System.Globalization;
using Netcd.Protocol.V3;
using Netcd.Simulation.Model;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// Holds what watches are told against the committed log: ordered, unique, reliable, whole revisions, resumable from any
/// revision that is not compacted, and a progress notification only behind the events before it.
/// </summary>
internal sealed class WatchJudge(ModelOracle oracle)
{
    private const string Name = "watch";

    private readonly Dictionary<string, int> taken = [];
    private readonly SortedDictionary<long, List<(byte[] Key, ModelStore.KeyState State)>> changes = [];

    /// <summary>The revision after all that is committed.</summary>
    public long Revision => oracle.Revision;

    /// <summary>The revision compacted to.</summary>
    public long CompactRevision => oracle.Store.CompactRevision;

    /// <summary>Events that were told, and judged right.</summary>
    public int Events { get; private set; }

    /// <summary>Judges some events.</summary>
    /// <param name="watch">What was asked for.</param>
    /// <param name="next">The first revision that it was not told of.</param>
    /// <param name="response">What it is told.</param>
    /// <returns>The first revision that it has not been told of now.</returns>
    public long Take(WatchCreateRequest watch, long next, WatchResponse response)
    {
        long last = response.Events[^1].Kv.ModRevision;
        List<(long Revision, byte[] Key, ModelStore.KeyState State)> expected = Expected(watch, next, last);
        if (expected.Count != response.Events.Count)
        {
            throw Wrong(watch, next, response, $"{expected.Count} changes were made up to {last}");
        }

        // The order within a revision is that of the transaction's parts, which the model does not keep.
        List<Event> told = [.. response.Events];
        for (int i = 0; i < told.Count; i++)
        {
            if (told[i].Kv.ModRevision != expected[i].Revision)
            {
                throw Wrong(watch, next, response, $"the change after {i} others was made at {expected[i].Revision}");
            }
        }

        foreach ((long revision, byte[] key, ModelStore.KeyState state) in expected)
        {
            Event? match = told.Find(candidate => candidate.Kv.ModRevision == revision && candidate.Kv.Key.Span.SequenceEqual(key));
            if (match is null || !IsSame(watch, match, key, state))
            {
                throw Wrong(watch, next, response, $"at {revision} this was made: {state}");
            }
        }

        Events += expected.Count;
        return last + 1;
    }

    /// <summary>Judges that all was told up to a revision.</summary>
    public void TakeProgress(WatchCreateRequest watch, long next, WatchResponse response)
    {
        if (Expected(watch, next, response.Header.Revision) is { Count: > 0 } missing)
        {
            throw Wrong(watch, next, response, $"the change at {missing[0].Revision} was not told");
        }
    }

    /// <summary>Judges that a watch is over because of a compaction.</summary>
    public void TakeCompacted(WatchCreateRequest watch, long next, WatchResponse response)
    {
        if (next >= response.CompactRevision || response.CompactRevision > CompactRevision)
        {
            throw Wrong(watch, next, response, $"the log is compacted to {CompactRevision}");
        }
    }

    /// <summary>Whether there is nothing left to tell.</summary>
    public bool IsAllTold(WatchCreateRequest watch, long next) => Expected(watch, next, Revision).Count == 0;

    private List<(long Revision, byte[] Key, ModelStore.KeyState State)> Expected(WatchCreateRequest watch, long next, long last)
    {
        TakeNew();
        List<(long Revision, byte[] Key, ModelStore.KeyState State)> expected = [];
        for (long revision = next; revision <= last; revision++)
        {
            foreach ((byte[] key, ModelStore.KeyState state) in changes.GetValueOrDefault(revision) ?? [])
            {
                if (IsIn(watch, key) && !watch.Filters.Contains(
                    state.Value is null ? WatchCreateRequest.Types.FilterType.Nodelete : WatchCreateRequest.Types.FilterType.Noput))
                {
                    expected.Add((revision, key, state));
                }
            }
        }

        return expected;
    }

    /// <summary>Takes over what was committed since the last time.</summary>
    private void TakeNew()
    {
        foreach ((byte[] key, IReadOnlyList<ModelStore.KeyState> history) in oracle.Store.Histories)
        {
            string name = Convert.ToHexString(key);
            for (int i = taken.GetValueOrDefault(name); i < history.Count; i++)
            {
                if (!changes.TryGetValue(history[i].Mod, out List<(byte[] Key, ModelStore.KeyState State)>? revision))
                {
                    changes.Add(history[i].Mod, revision = []);
                }

                revision.Add((key, history[i]));
            }

            taken[name] = history.Count;
        }
    }

    private bool IsSame(WatchCreateRequest watch, Event told, byte[] key, ModelStore.KeyState state)
    {
        KeyValue kv = told.Kv;
        bool isSame = state.Value is null
            ? told.Type == Event.Types.EventType.Delete && kv.Version == 0 && kv.CreateRevision == 0 && kv.Value.IsEmpty
            : told.Type == Event.Types.EventType.Put && IsSame(kv, state);
        ModelStore.KeyState? before = oracle.Store.At(key, state.Mod - 1);
        return isSame && (told.PrevKv is null
            ? !watch.PrevKv || before is null || state.Mod - 1 < CompactRevision
            : watch.PrevKv && before is not null && IsSame(told.PrevKv, before));
    }

    private static bool IsSame(KeyValue kv, ModelStore.KeyState state) =>
        kv.Value.Span.SequenceEqual(state.Value) && kv.CreateRevision == state.Create
            && kv.Version == state.Version && kv.ModRevision == state.Mod;

    private static bool IsIn(WatchCreateRequest watch, byte[] key)
    {
        int order = key.AsSpan().SequenceCompareTo(watch.Key.Span);
        ReadOnlySpan<byte> end = watch.RangeEnd.Span;
        return end.IsEmpty ? order == 0 : order >= 0 && (end is [0] || key.AsSpan().SequenceCompareTo(end) < 0);
    }

    private static ViolationException Wrong(WatchCreateRequest watch, long next, WatchResponse response, string expected) => new(
        Name, string.Create(
            CultureInfo.InvariantCulture, $"a watch {watch} that was told all before {next} is told {response}, where {expected}"));
}
