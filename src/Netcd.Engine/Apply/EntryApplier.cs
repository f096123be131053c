using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Backend;
using Netcd.Engine.Mvcc;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Apply;

/// <summary>Applies the entries of the log, one after the other, to the replicated state.</summary>
internal sealed class EntryApplier(ReplicatedState state, ILogger log)
{
    /// <summary>
    /// Messages nested in an entry. Well above what the transports accept (100), as an entry nests a request once more: what
    /// was accepted must never fail to be read from the log.
    /// </summary>
    private const int MaxNesting = 250;

    private readonly KvApplier kv = new(state.Store, state.Leases);

    /// <summary>Reads the request that a normal entry holds.</summary>
    /// <exception cref="InvalidDataException">It is none that any version of etcd writes.</exception>
    public static InternalRaftRequest Decode(ReadOnlyMemory<byte> data)
    {
        try
        {
            using CodedInputStream input = CodedInputStream.CreateWithLimits(
                new MemoryStream(data.ToArray(), writable: false), int.MaxValue, MaxNesting);
            return InternalRaftRequest.Parser.ParseFrom(input);
        }
        catch (InvalidProtocolBufferException)
        {
            return DecodeBareV2(data);
        }
    }

    /// <summary>Applies a request; the deferred one is answered when its compaction is through.</summary>
    public ApplyResult Apply(InternalRaftRequest request, out Compaction? deferred)
    {
        deferred = null;
        EtcdError? refusal = RefusalByAlarm(request);
        if (refusal is not null)
        {
            return new ApplyResult(refusal);
        }

        if (request.Put is not null)
        {
            return kv.Put(request.Put);
        }

        if (request.Txn is not null)
        {
            return kv.Txn(request.Txn);
        }

        if (request.DeleteRange is not null)
        {
            return kv.DeleteRange(request.DeleteRange);
        }

        return request.Compaction is not null ? Compact(request.Compaction, out deferred) : ApplyClusterRecord(request);
    }

    /// <summary>Applies a member's change of the configuration, with the member that it carries as JSON.</summary>
    public void ApplyConfChange(Raft.ConfChange change)
    {
        state.Reconfigure(change);
        switch (change.Type)
        {
            case Raft.ConfChangeType.RemoveNode:
                state.Members = state.Members.Without(change.NodeId, state.Changes);
                break;
            default:
                Member member = Member.FromJson(change.Context.Span);
                Member? known = state.Members.Find(member.Id);
                // A promotion or an update carries the member's place; its name and client URLs are its own to publish.
                state.Members = state.Members.With(
                    known is null ? member : member with { Name = known.Name, ClientUrls = known.ClientUrls }, state.Changes);
                break;
        }
    }

    private static InternalRaftRequest DecodeBareV2(ReadOnlyMemory<byte> data)
    {
        try
        {
            return new InternalRaftRequest { V2 = Request.Parser.ParseFrom(data.Span) };
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new InvalidDataException("a log entry holds no request", failure);
        }
    }

    private EtcdError? RefusalByAlarm(InternalRaftRequest request)
    {
        if (state.Alarms.Alarms.Count == 0)
        {
            return null;
        }

        if (state.Alarms.IsRaised(AlarmType.Corrupt))
        {
            return request.Put is not null || request.Txn is not null || request.DeleteRange is not null || request.Compaction is not null
                ? EtcdErrors.Corrupt
                : null;
        }

        bool isRefused = state.Alarms.IsRaised(AlarmType.Nospace)
            && (request.Put is not null || (request.Txn is not null && HasPut(request.Txn)));
        return isRefused ? EtcdErrors.NoSpace : null;
    }

    private static bool HasPut(TxnRequest request) => request.Success.Concat(request.Failure).Any(operation =>
        operation.RequestCase == RequestOp.RequestOneofCase.RequestPut
        || (operation.RequestCase == RequestOp.RequestOneofCase.RequestTxn && HasPut(operation.RequestTxn)));

    private ApplyResult Compact(CompactionRequest request, out Compaction? deferred)
    {
        deferred = null;
        MvccStore store = state.Store;
        if (request.Revision <= store.CompactRevision)
        {
            return new ApplyResult(EtcdErrors.Compacted);
        }

        if (request.Revision > store.Revision)
        {
            return new ApplyResult(EtcdErrors.FutureRevision);
        }

        store.SetCompactRevision(request.Revision);
        state.Changes.Add(new BucketChange(
            Schema.Meta.ToArray(), Schema.ScheduledCompact.ToArray(), Compaction.EncodeMark(request.Revision)));
        Compaction compaction = new(store, request.Revision);
        state.Compactions.Enqueue(compaction);
        deferred = request.Physical ? compaction : null;
        return new ApplyResult(new CompactionResponse { Header = new ResponseHeader { Revision = store.Revision } });
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
        else if (request.Alarm is not null)
        {
            state.Alarms = state.Alarms.Apply(request.Alarm, state.Changes, out AlarmResponse response);
            return new ApplyResult(response);
        }
        else if (request.V2 is not null)
        {
            ApplyV2(request.V2);
        }

        return new ApplyResult(new EmptyResponse());
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
        log.LogInformation("cluster version is now {Version}", version);
        state.Members = state.Members.WithVersion(version, state.Changes);
    }

    /// <summary>What a member of etcd up to 3.5 publishes through the retired v2 store.</summary>
    private void ApplyV2(Request request)
    {
        string[] path = request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        switch (path)
        {
            case ["0", "version"] when request.Method == "PUT":
                SetVersion(request.Val);
                break;
            case ["0", "members", string hexId, "attributes"] when request.Method == "PUT"
                && ulong.TryParse(hexId, System.Globalization.NumberStyles.HexNumber, null, out ulong id):
                Member attributes = ParseAttributes(id, request.Val);
                SetAttributes(id, attributes.Name, attributes.ClientUrls);
                break;
        }
    }

    private static Member ParseAttributes(ulong id, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        List<string> urls = root.TryGetProperty("clientURLs", out JsonElement list)
            ? [.. list.EnumerateArray().Select(url => url.GetString() ?? "")]
            : [];
        return new Member(id, root.TryGetProperty("name", out JsonElement name) ? name.GetString() ?? "" : "", [], urls, false);
    }
}
