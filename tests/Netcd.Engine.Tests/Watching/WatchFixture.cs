using System.Text;
using Google.Protobuf;
using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Engine.State;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Watching;

/// <summary>A change as a watch must tell it, and what the key held before it.</summary>
internal sealed record Change(long Revision, string Key, KeyValue? Record, KeyValue? Before)
{
    public bool IsDeletion => Record is null;
}

/// <summary>A store on a simulated disk with a watch stage over it, all stepped by hand, and the naive history of it.</summary>
internal sealed class WatchFixture : IDisposable
{
    private readonly SimulatedDisk disk = new(keepLog: false);
    private readonly BackendFile file;
    private readonly Dictionary<string, KeyValue> present = [];
    private ulong index;
    private int sub;

    public WatchFixture(WatchSettings settings)
    {
        disk.CreateDirectory("/data");
        file = BackendFile.Open(disk, "/data/db");
        State = ReplicatedState.Restore(file.OpenView(), new HashSeed(1, 2));
        Stage = new WatchStage(State, settings, new WatchPort());
    }

    public ReplicatedState State { get; }

    public WatchStage Stage { get; }

    /// <summary>All changes ever made.</summary>
    public List<Change> History { get; } = [];

    public long Revision => State.Store.Revision;

    public long CompactRevision => State.Store.CompactRevision;

    public long Now { get; set; }

    /// <summary>Steps the stage until it has nothing to do at once.</summary>
    public void Settle()
    {
        while (Stage.Step(Now) <= Now)
        {
        }
    }

    public void Put(string key, string value)
    {
        long main = Revision + 1;
        State.Store.Put(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), 0);
        KeyValue? before = present.GetValueOrDefault(key);
        KeyValue record = new()
        {
            Key = ByteString.CopyFromUtf8(key),
            Value = ByteString.CopyFromUtf8(value),
            CreateRevision = before?.CreateRevision ?? main,
            ModRevision = main,
            Version = (before?.Version ?? 0) + 1,
        };
        present[key] = record;
        History.Add(new Change(main, key, record, before));
        sub++;
    }

    public void Delete(string key, string? end)
    {
        long main = Revision + 1;
        byte[] endBytes = end is null ? [] : Encoding.UTF8.GetBytes(end);
        List<string> keys = [.. present.Keys
            .Where(other => end is null
                ? other == key
                : string.CompareOrdinal(other, key) >= 0 && (end == "\0" || string.CompareOrdinal(other, end) < 0))
            .Order(StringComparer.Ordinal)];
        Assert.Equal(keys.Count, State.Store.DeleteNext(new KeyInterval(Encoding.UTF8.GetBytes(key), endBytes), int.MaxValue));
        foreach (string deleted in keys)
        {
            History.Add(new Change(main, deleted, null, present[deleted]));
            present.Remove(deleted);
            sub++;
        }
    }

    /// <summary>Ends the transaction and shows it to readers.</summary>
    public void End(bool tell = true)
    {
        State.Store.EndTransaction();
        sub = 0;
        State.Store.Publish();
        if (tell)
        {
            Stage.Port.Published();
        }
    }

    public bool IsChangedInTransaction(string key) => History.Count >= sub && History.TakeLast(sub).Any(change => change.Key == key);

    /// <summary>Writes all that is applied to the file.</summary>
    public void Commit(IReadOnlyList<CompactedRecord>? deletions = null)
    {
        BackendBatch batch = new()
        {
            Records = State.Store.TakePending(State.Store.PendingCount),
            Deletions = deletions ?? [],
            Changes = State.TakeChanges(),
            ConsistentIndex = ++index,
            Term = 1,
        };
        file.Commit(batch);
        State.Store.Committed(batch.Records.Count, file.OpenView());
    }

    public void Compact(long revision)
    {
        State.Store.SetCompactRevision(revision);
        State.Changes.Add(new BucketChange(Schema.Meta.ToArray(), Schema.ScheduledCompact.ToArray(), Compaction.EncodeMark(revision)));
        State.Store.Publish();
        State.Compactions.Enqueue(new Compaction(State.Store, revision));
        Stage.Port.Published();
    }

    /// <summary>Runs compactions as the backend's writer does: nothing is deleted that watches in step have yet to be told.</summary>
    public void RunCompactions(bool isHeldBack = true)
    {
        while (State.Compactions.TryPeek(out Compaction? compaction))
        {
            while (!compaction.IsIndexDone)
            {
                compaction.StepIndex(7);
            }

            Commit();
            if (isHeldBack && !State.Held.MayDelete(compaction.Revision))
            {
                return;
            }

            while (!compaction.IsDone)
            {
                Commit(compaction.TakeDeletions(5));
            }

            State.Compactions.Dequeue();
            State.Changes.Add(new BucketChange(
                Schema.Meta.ToArray(), Schema.FinishedCompact.ToArray(), Compaction.EncodeMark(compaction.Revision)));
        }
    }

    /// <summary>Goes over to a state read from the file, as after a snapshot of another member.</summary>
    public void InstallSnapshot()
    {
        Commit();
        State.ReplaceBy(ReplicatedState.Restore(file.OpenView(), new HashSeed(1, 2)));
        Stage.Port.Published();
    }

    public void Dispose()
    {
        State.Store.Close();
        file.Dispose();
    }
}
