using Microsoft.Extensions.Logging;
using Netcd.Engine.Alarms;
using Netcd.Engine.Auth;
using Netcd.Engine.Backend;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Mvcc;
using Netcd.Engine.State;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Apply;

/// <summary>Applies the entries of the log, one after the other, to the replicated state.</summary>
/// <param name="state">What they change.</param>
/// <param name="rules">What is not in the log and yet decides.</param>
/// <param name="meter">Says when to pause.</param>
/// <param name="events">Hears of log-ins.</param>
/// <param name="leaseChanged">Called with the id of a lease that was granted, revoked or checkpointed.</param>
/// <param name="metrics">Counts what is done.</param>
/// <param name="log">Where refusals are logged.</param>
internal sealed class EntryApplier(
    ReplicatedState state, ApplyRules rules, WorkMeter meter, IAuthEvents events, Action<long> leaseChanged, StoreMetrics metrics,
    ILogger log)
{
    private readonly KvApplier kv = new(state, meter, metrics);
    private readonly LeaseApplier leases = new(state, rules.MinLeaseTtlSeconds, meter, leaseChanged);
    private readonly AuthApplier auth = new(state, events, log);

    /// <summary>Applies a request that may take long: each move does a piece, and the one that gives a result is the last. Null for all
    /// others.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isAnswered">Whether somebody here waits for the answer: else what only an answer needs is left out.</param>
    public IEnumerator<ApplyResult?>? Begin(InternalRaftRequest request, bool isAnswered)
    {
        return request switch
        {
            { Put: not null } => null,
            { Txn: not null } when Refusal(request) is null => kv.Txn(request.Txn, isAnswered),
            { DeleteRange: not null } when Refusal(request) is null => kv.DeleteRange(request.DeleteRange, isAnswered),
            { LeaseRevoke: not null, Compaction: null, LeaseGrant: null } when Refusal(request) is null =>
                leases.Revoke(request.LeaseRevoke),
            _ => null,
        };
    }

    /// <summary>Applies a request for which <see cref="Begin"/> gives nothing.</summary>
    /// <param name="request">The request.</param>
    /// <param name="index">The index of its entry.</param>
    public ApplyResult Apply(InternalRaftRequest request, ulong index)
    {
        meter.Spend(1);
        EtcdError? refusal = Refusal(request);
        if (refusal is not null)
        {
            return new ApplyResult(refusal);
        }

        if (request.Put is not null)
        {
            return kv.Put(request.Put);
        }

        return request.Compaction is not null
            ? Compact(request.Compaction)
            : ApplyLease(request) ?? auth.Apply(request, index) ?? ApplyClusterRecord(request);
    }

    /// <summary>Applies a change of the membership, with the member that it carries as JSON.</summary>
    /// <returns>Why it is refused, and raft's configuration stays as it is; or null.</returns>
    public EtcdError? ApplyConfChange(Raft.ConfChange change)
    {
        ClusterConfiguration before = new(state.ConfState, state.Members);
        ClusterConfiguration after = before.After(change, rules.MaxLearners, state.Changes, out EtcdError? refusal);
        if (refusal is not null)
        {
            log.RefusedConfChange(change, refusal.Message);
            return refusal;
        }

        state.Reconfigure(after.ConfState);
        state.Members = after.Members;
        log.AppliedConfChange(change);
        if (before.Members.Find(change.NodeId) is null && after.Members.Find(change.NodeId) is { } added)
        {
            log.AddedMember(new HexId(added.Id), added.PeerUrls, added.IsLearner);
        }

        return null;
    }

    /// <summary>Why the state that the entry meets refuses it, or null. A full database comes before a missing right, as in etcd.</summary>
    private EtcdError? Refusal(InternalRaftRequest request) => RefusalByAlarm(request) ?? AccessCheck.Check(state, request);

    private EtcdError? RefusalByAlarm(InternalRaftRequest request)
    {
        if (state.Alarms.Alarms.Count == 0)
        {
            return null;
        }

        if (state.Alarms.IsRaised(AlarmType.Corrupt))
        {
            bool isWrite = request.Put is not null || request.Txn is not null
                || request.DeleteRange is not null || request.Compaction is not null;
            return isWrite || request.LeaseGrant is not null || request.LeaseRevoke is not null
                ? EtcdErrors.Corrupt
                : null;
        }

        bool isRefused = state.Alarms.IsRaised(AlarmType.Nospace)
            && (request.Put is not null || request.LeaseGrant is not null || (request.Txn is not null && HasPut(request.Txn)));
        return isRefused ? EtcdErrors.NoSpace : null;
    }

    private static bool HasPut(TxnRequest request) => request.Success.Concat(request.Failure).Any(operation =>
        operation.RequestCase == RequestOp.RequestOneofCase.RequestPut
        || (operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn && HasPut(operation.RequestTxn)));

    private ApplyResult? ApplyLease(InternalRaftRequest request)
    {
        if (request.LeaseGrant is not null)
        {
            return leases.Grant(request.LeaseGrant);
        }

        return request.LeaseCheckpoint is not null ? leases.Checkpoint(request.LeaseCheckpoint) : null;
    }

    private ApplyResult Compact(CompactionRequest request)
    {
        MvccStore store = state.Store;
        if (request.Revision <= store.CompactRevision)
        {
            return new ApplyResult(EtcdErrors.Compacted);
        }

        if (request.Revision > store.Revision)
        {
            return new ApplyResult(EtcdErrors.FutureRevision);
        }

        CompactionHash? sum = state.Compactions.Count == 0 ? new(store.CompactRevision, request.Revision) : null;
        store.SetCompactRevision(request.Revision);
        state.Changes.Add(new BucketChange(
            Schema.Meta.ToArray(), Schema.ScheduledCompact.ToArray(), Compaction.EncodeMark(request.Revision)));
        Compaction compaction = new(store, request.Revision, sum);
        state.Compactions.Enqueue(compaction);
        return new ApplyResult(new CompactionResponse { Header = new ResponseHeader { Revision = store.Revision } })
        {
            Until = request.Physical ? compaction : null,
        };
    }

    private ApplyResult ApplyClusterRecord(InternalRaftRequest request)
    {
        if (request.ClusterMemberAttrSet is { } attributes)
        {
            SetAttributes(attributes.MemberID, attributes.MemberAttributes.Name, attributes.MemberAttributes.ClientUrls);
        }
        else if (request.ClusterVersionSet is { } version)
        {
            SetVersion(version.Ver);
        }
        else if (request.DowngradeInfoSet is { } downgrade)
        {
            state.Members = state.Members.WithDowngrade(downgrade.Enabled ? downgrade.Ver : null, state.Changes);
        }
        else if (request.Alarm is not null)
        {
            return new ApplyResult(ApplyAlarm(request.Alarm));
        }
        else if (request.V2 is not null)
        {
            ApplyV2(request.V2);
        }

        return new ApplyResult(new EmptyResponse());
    }

    private AlarmResponse ApplyAlarm(AlarmRequest request)
    {
        AlarmTable before = state.Alarms;
        state.Alarms = before.Apply(request, state.Changes, out AlarmResponse response);
        if (state.Alarms.Alarms.Count > before.Alarms.Count)
        {
            log.RaisedAlarm(AlarmTable.NameOf(request.Alarm), new HexId(request.MemberID));
        }
        else if (state.Alarms.Alarms.Count < before.Alarms.Count)
        {
            log.DisarmedAlarm(AlarmTable.NameOf(request.Alarm), new HexId(request.MemberID));
        }

        return response;
    }

    private void SetAttributes(ulong memberId, string name, IReadOnlyList<string> clientUrls)
    {
        Member? member = state.Members.Find(memberId);
        if (member is not null)
        {
            state.Members = state.Members.With(member with { Name = name, ClientUrls = clientUrls }, state.Changes);
        }
    }

    private void SetVersion(string version)
    {
        if (state.Members.ClusterVersion is not { } former)
        {
            log.SetInitialClusterVersion(version);
        }
        else if (former != version)
        {
            log.UpdatedClusterVersion(former, version);

            // An older program must not read the entry that once raised the version. When that is behind a snapshot, the log stage says so.
            state.IsSnapshotDue |= Version.Parse(version.Split('-', '+')[0]) < Version.Parse(former.Split('-', '+')[0]);
        }

        state.Members = state.Members.WithVersion(version, state.Changes);
    }

    /// <summary>What a member of etcd up to 3.5 publishes through the retired v2 store.</summary>
    private void ApplyV2(Request request)
    {
        if (request.Method != "PUT")
        {
            return;
        }

        if (EntrySense.IsVersionPath(request.Path))
        {
            SetVersion(request.Val);
        }
        else if (EntrySense.IsAttributesPath(request.Path, out ulong id))
        {
            Member attributes = EntrySense.ParseAttributes(id, request.Val);
            SetAttributes(id, attributes.Name, attributes.ClientUrls);
        }
    }
}

/// <summary>What decides an entry's outcome and stands in no entry: settings that all members must have alike.</summary>
/// <param name="MaxLearners">Learners that the cluster may have.</param>
/// <param name="MinLeaseTtlSeconds">The least time that a lease is granted for.</param>
internal readonly record struct ApplyRules(int MaxLearners, long MinLeaseTtlSeconds);
