using Netcd.Engine.Alarms;
using Netcd.Engine.Auth;
using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Engine.Leases;
using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
using Netcd.Raft;

namespace Netcd.Engine.State;

/// <summary>
/// Everything that the log's entries change, on every member alike. Written by the apply stage; members and alarms are
/// pictures that other threads may read.
/// </summary>
internal sealed class ReplicatedState(
    MvccStore store, ClusterMembers members, AlarmTable alarms, AuthTable auth, ConfState confState, HashSeed seed)
{
    private MvccStore store = store;
    private ClusterMembers members = members;
    private AlarmTable alarms = alarms;
    private AuthTable auth = auth;

    /// <summary>The secret of this member's hash tables. No part of what is replicated: members have different ones.</summary>
    public HashSeed Seed { get; } = seed;

    public MvccStore Store
    {
        get => Volatile.Read(ref store);
        private set => Volatile.Write(ref store, value);
    }

    /// <summary>The leases and their keys.</summary>
    public LeaseTable Leases => Store.Leases;

    public ClusterMembers Members
    {
        get => Volatile.Read(ref members);
        set => Volatile.Write(ref members, value);
    }

    public AlarmTable Alarms
    {
        get => Volatile.Read(ref alarms);
        set => Volatile.Write(ref alarms, value);
    }

    /// <summary>Users and roles. What a reader finds in the store was written under this picture or an earlier one: take the store first,
    /// then this, and nobody reads what was written after a right was taken away.</summary>
    public AuthTable Auth
    {
        get => Volatile.Read(ref auth);
        set => Volatile.Write(ref auth, value);
    }

    /// <summary>Raft's configuration after the entries applied so far.</summary>
    public ConfState ConfState { get; private set; } = confState;

    /// <summary>Changes of the small buckets that wait for a commit.</summary>
    public List<BucketChange> Changes { get; private set; } = [];

    /// <summary>Compactions that are scheduled, the running one first.</summary>
    public Queue<Compaction> Compactions { get; private set; } = [];

    /// <summary>Whether a raft snapshot is to be taken with the next commit, however few entries there are since the last.</summary>
    public bool IsSnapshotDue { get; set; }

    /// <summary>The part of the history that is still to be sent to watches.</summary>
    public CompactionHold Held { get; } = new();

    /// <summary>Sums that compactions noted since the start; a snapshot that is installed leaves them, as in etcd.</summary>
    public RecordedHashes Sums { get; } = new();

    /// <summary>What is counted of leases since the start.</summary>
    public LeaseMetrics LeaseMetrics { get; } = new();

    /// <summary>Reads the state of a backend.</summary>
    /// <param name="view">The backend.</param>
    /// <param name="seed">The secret of the tables of leases and their keys.</param>
    /// <param name="beside">Begins a piece of work on another thread, and returns what waits for it; null where there is none.</param>
    public static ReplicatedState Restore(BackendView view, HashSeed seed, Func<Action, Action>? beside = null)
    {
        ReplicatedState state = new(
            MvccStore.Restore(view, seed, beside),
            ClusterMembers.Restore(view),
            AlarmTable.Restore(view),
            AuthTable.Restore(view),
            BackendPosition.Read(view).ConfState,
            seed);
        long scheduled = StoreRestore.ReadCompaction(view, Schema.ScheduledCompact);
        if (scheduled > StoreRestore.ReadCompaction(view, Schema.FinishedCompact))
        {
            state.Compactions.Enqueue(new Compaction(state.Store, scheduled));
        }

        return state;
    }

    /// <summary>Goes over to a configuration: what is noted here is what a snapshot for another member carries.</summary>
    public void Reconfigure(ConfState next)
    {
        ConfState = next;
        Changes.Add(new BucketChange(Schema.Meta.ToArray(), Schema.ConfState.ToArray(), ConfStateJson.Encode(ConfState)));
    }

    /// <summary>Takes the store for reading, from any thread.</summary>
    public ReadHandle Acquire()
    {
        while (true)
        {
            // It fails only where a snapshot has just replaced the store.
            if (Store.TryAcquire(out ReadHandle handle))
            {
                return handle;
            }
        }
    }

    /// <summary>
    /// Goes over to the state that a snapshot of another member brought; what waited for a commit is part of it, or was
    /// never agreed on. Who reads from the old store goes on doing so.
    /// </summary>
    public void ReplaceBy(ReplicatedState received)
    {
        MvccStore previous = Store;
        ConfState = received.ConfState;
        Changes = [];
        Compactions = received.Compactions;
        Members = received.Members;
        Alarms = received.Alarms;
        Auth = received.Auth;
        Store = received.Store;
        previous.Close();
    }

    public List<BucketChange> TakeChanges()
    {
        List<BucketChange> taken = Changes;
        Changes = [];
        return taken;
    }
}
