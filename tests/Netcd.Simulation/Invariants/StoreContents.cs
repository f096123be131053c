using System.Globalization;
using Netcd.Engine.Backend;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Records;
using Netcd.Simulation.Members;
using Netcd.Simulation.Model;
using Netcd.Simulation.Runs;
using Netcd.Storage.Bolt;

namespace Netcd.Simulation.Invariants;

/// <summary>
/// Which records a member keeps, against what the model has at the same revision: none too few and none too many. What the
/// hash leaves out is seen here: that a compaction deletes all that it may, and nothing else.
/// </summary>
internal static class StoreContents
{
    private const string Name = "store contents";

    /// <summary>Compares record by record.</summary>
    public static void Check(SimulatedMember member, ModelStore model)
    {
        using ReadHandle handle = member.Node!.Reads.Acquire();
        ReadState state = handle.State;
        Dictionary<(long, string), ModelStore.KeyState> kept = Read(state);
        // A compaction that is under way has deleted some of what it may.
        long finished = StoreRestore.ReadCompaction(state.View, Schema.FinishedCompact);
        int known = 0;
        foreach ((byte[] key, IReadOnlyList<ModelStore.KeyState> history) in model.Histories)
        {
            for (int i = 0; i < history.Count && history[i].Mod <= state.Revision; i++)
            {
                ModelStore.KeyState version = history[i];
                long nextAt = i + 1 < history.Count && history[i + 1].Mod <= state.Revision ? history[i + 1].Mod : long.MaxValue;
                bool isThere = kept.TryGetValue((version.Mod, Convert.ToHexString(key)), out ModelStore.KeyState? found);
                known += isThere ? 1 : 0;
                string? fault = isThere
                    ? MayBeGone(version, nextAt, finished)
                        ? "is kept, though a compaction that has ended drops it"
                        : Difference(version, found!)
                    : MayBeGone(version, nextAt, state.CompactRevision) ? null : "is missing";
                if (fault is not null)
                {
                    throw Broken(member, state, $"the version of {Convert.ToHexString(key)} at revision {version.Mod} {fault}");
                }
            }
        }

        if (known != kept.Count)
        {
            throw Broken(member, state, $"{kept.Count - known} of {kept.Count} records were never written");
        }
    }

    /// <summary>Whether nobody can see a version at or after a compacted revision. A deletion right at the revision stays.</summary>
    private static bool MayBeGone(ModelStore.KeyState version, long nextAt, long compacted) =>
        nextAt <= compacted || (version.Value is null && version.Mod < compacted);

    private static string? Difference(ModelStore.KeyState expected, ModelStore.KeyState found)
    {
        bool isEqual = expected.Create == found.Create && expected.Version == found.Version && expected.Lease == found.Lease
            && (expected.Value is null) == (found.Value is null) && expected.Value.AsSpan().SequenceEqual(found.Value);
        return isEqual ? null : $"is {found} and should be {expected}";
    }

    private static Dictionary<(long, string), ModelStore.KeyState> Read(ReadState state)
    {
        Dictionary<(long, string), ModelStore.KeyState> records = [];
        if (state.View.Transaction.TryGetBucket(Schema.Key, out BoltBucket? bucket))
        {
            BoltCursor cursor = bucket.Cursor();
            for (bool isFound = cursor.First(); isFound; isFound = cursor.Next())
            {
                if (Revision.TryDecode(cursor.Key, out Revision revision, out bool isTombstone))
                {
                    Add(records, revision, isTombstone, cursor.Value);
                }
            }
        }

        foreach (ref readonly PendingRecord record in state.Pending.Items)
        {
            Add(records, record.Revision, record.IsTombstone, record.Value);
        }

        return records;
    }

    private static void Add(
        Dictionary<(long, string), ModelStore.KeyState> records, Revision revision, bool isTombstone, ReadOnlySpan<byte> record)
    {
        KeyValueView kv = KeyValueView.Parse(record);
        records[(revision.Main, Convert.ToHexString(kv.Key))] =
            new ModelStore.KeyState(revision.Main, kv.CreateRevision, kv.Version, isTombstone ? null : kv.Value.ToArray(), kv.Lease);
    }

    private static ViolationException Broken(SimulatedMember member, ReadState state, string what) => new(Name, string.Create(
        CultureInfo.InvariantCulture, $"{member.Name} at revision {state.Revision}, compacted to {state.CompactRevision}: {what}"));
}
