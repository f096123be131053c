using Netcd.Engine.Alarms;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Engine.Mvcc;
using Netcd.Raft;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Apply;

/// <summary>
/// Everything that the log's entries change, on every member alike. Written by the apply stage; members and alarms are
/// pictures that other threads may read.
/// </summary>
internal sealed class ReplicatedState(MvccStore store, LeaseTable leases, ClusterMembers members, AlarmTable alarms, ConfState confState)
{
    private ClusterMembers members = members;
    private AlarmTable alarms = alarms;

    public MvccStore Store { get; } = store;

    public LeaseTable Leases { get; } = leases;

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

    /// <summary>Raft's configuration after the entries applied so far.</summary>
    public ConfState ConfState { get; private set; } = confState;

    /// <summary>Changes of the small buckets that wait for a commit.</summary>
    public List<BucketChange> Changes { get; private set; } = [];

    /// <summary>Compactions that are scheduled, the running one first.</summary>
    public Queue<Compaction> Compactions { get; } = [];

    public static ReplicatedState Restore(BackendView view)
    {
        ReplicatedState state = new(
            MvccStore.Restore(view),
            LeaseTable.Restore(view),
            ClusterMembers.Restore(view),
            AlarmTable.Restore(view),
            ReadConfState(view));
        long scheduled = StoreRestore.ReadCompaction(view, Schema.ScheduledCompact);
        if (scheduled > StoreRestore.ReadCompaction(view, Schema.FinishedCompact))
        {
            state.Compactions.Enqueue(new Compaction(state.Store, scheduled));
        }

        return state;
    }

    /// <summary>Takes a change of the configuration over; after a restart raft starts from what is noted here.</summary>
    public void Reconfigure(ConfChange change)
    {
        ConfState = ConfStateJson.Apply(ConfState, change);
        Changes.Add(new BucketChange(Schema.Meta.ToArray(), Schema.ConfState.ToArray(), ConfStateJson.Encode(ConfState)));
    }

    public List<BucketChange> TakeChanges()
    {
        List<BucketChange> taken = Changes;
        Changes = [];
        return taken;
    }

    private static ConfState ReadConfState(BackendView view) =>
        view.Transaction.TryGetBucket(Schema.Meta, out BoltBucket? meta) && meta.TryGet(Schema.ConfState, out ReadOnlySpan<byte> json)
            ? ConfStateJson.Decode(json)
            : ConfState.Empty;
}
