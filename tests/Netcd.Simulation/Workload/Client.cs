using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Engine.Node;
using Netcd.Engine.Requests;
using Netcd.Protocol.V3;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>A client with one operation at a time. What it does not know the outcome of, it may try again.</summary>
internal sealed class Client
{
    private readonly SimulatedCluster cluster;
    private readonly ClientLedger ledger;
    private readonly HistoryRecorder history;
    private readonly SimulationRandom random;
    private readonly ClientRequests requests;
    private readonly string name;
    private readonly int? home;
    private int process;

    /// <param name="cluster">The cluster.</param>
    /// <param name="ledger">What is acknowledged.</param>
    /// <param name="history">What is noted.</param>
    /// <param name="number">Its number.</param>
    /// <param name="home">Which member it stays with, and reads from alone; null: it writes too, and asks any member.</param>
    public Client(SimulatedCluster cluster, ClientLedger ledger, HistoryRecorder history, int number, int? home = null)
    {
        this.home = home;
        this.cluster = cluster;
        this.ledger = ledger;
        this.history = history;
        name = FormattableString.Invariant($"c{number}");
        random = cluster.Random.Branch(name);
        requests = new ClientRequests(random.Branch("requests"), cluster.Profile, ledger, name);
        process = history.NewProcess();
    }

    /// <summary>Whether it has nothing under way and begins nothing more.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Has it begin nothing more.</summary>
    public bool IsToStop { get; set; }

    public async Task RunAsync()
    {
        IMessage? again = null;
        while (!IsToStop)
        {
            await cluster.Time.Delay(random.Exponential(cluster.Profile.ThinkMicroseconds));
            if (IsToStop || cluster.AreClientsHeld || cluster.Members.Count == 0)
            {
                continue;
            }

            IMessage request = again ?? (home is null ? requests.Next() : requests.NextRead());
            Answer answer = await AskAsync(Whom(), request);
            bool isUnsure = answer.Kind == AnswerKind.Unknown && IsWrite(request);
            again = isUnsure && random.Percent(40) ? request : null;
        }

        IsDone = true;
    }

    /// <summary>Asks a member, and notes what comes of it.</summary>
    public async Task<Answer> AskAsync(SimulatedMember member, IMessage request)
    {
        ledger.Operations++;
        long timeout = random.Pick(cluster.Profile.PatienceMilliseconds) * VirtualTime.Millisecond;
        cluster.Trace.Line(name, $"asks {member.Name}: {request.Descriptor.Name} {request}");
        long seenBefore = ledger.NewestRevision;
        int operation = history.Invoke(process, request);
        Answer answer = await SendAsync(member, request, timeout, proposed => history.Proposed(operation, proposed));
        cluster.Trace.Mix((ulong)process, (ulong)answer.Kind, (ulong)RevisionOf(answer.Response));
        cluster.Trace.Line(name, $"gets from {member.Name}: {answer.Kind} {answer.Response} {answer.Error?.Message}");
        Check(request, answer, seenBefore);
        Note(request, answer);
        bool isUnsure = answer.Kind == AnswerKind.Unknown && IsWrite(request);
        history.Return(operation, answer, isUnsure);
        if (isUnsure)
        {
            // It may still take effect: whoever goes on is another one.
            ledger.Unknown++;
            process = history.NewProcess();
        }

        return answer;
    }

    private SimulatedMember Whom() => home is { } place ? cluster.Members[place % cluster.Members.Count] : random.Pick(cluster.Members);

    /// <summary>Whether a request goes through the log.</summary>
    public static bool IsWrite(IMessage request) => request switch
    {
        RangeRequest => false,
        TxnRequest txn => !NodeReads.IsReadOnly(txn),
        _ => true,
    };

    private Task<Answer> SendAsync(
        SimulatedMember member, IMessage request, long timeout, Action<PendingRequest> proposed) => request switch
        {
            PutRequest put => Calls.ProposeAsync(cluster, member, new InternalRaftRequest { Put = put }, timeout, proposed),
            DeleteRangeRequest delete =>
                Calls.ProposeAsync(cluster, member, new InternalRaftRequest { DeleteRange = delete }, timeout, proposed),
            TxnRequest txn when IsWrite(txn) =>
                Calls.ProposeAsync(cluster, member, new InternalRaftRequest { Txn = txn }, timeout, proposed),
            TxnRequest txn => Calls.ReadAsync(cluster, member, lease => NodeReads.Txn(lease, txn), !NodeReads.IsSerializable(txn), timeout),
            RangeRequest range => Calls.ReadAsync(cluster, member, lease => Read(lease, range), !range.Serializable, timeout),
            _ => throw new ArgumentException("no such request", nameof(request)),
        };

    private static ApplyResult Read(Netcd.Engine.Mvcc.ReadHandle handle, RangeRequest range)
    {
        Netcd.Engine.Mvcc.RangeResult result = handle.Range(range);
        return result.Error is null ? new ApplyResult(result.ToMessage()) : new ApplyResult(result.Error);
    }

    private void Check(IMessage request, Answer answer, long seenBefore)
    {
        Invariants.ModelOracle model = cluster.Checkers.Model;
        if (answer.AppliedId != 0)
        {
            model.CheckWrite(answer.AppliedId, request, answer.Response, answer.Error);
        }
        else if (request is RangeRequest range && answer.Response is RangeResponse found)
        {
            model.CheckRead(range, found);
        }

        if (answer.Kind == AnswerKind.Done)
        {
            model.CheckAge(request, RevisionOf(answer.Response), request is RangeRequest { Serializable: true } ? 0 : seenBefore);
        }
    }

    private static long RevisionOf(IMessage? response) => response switch
    {
        PutResponse put => put.Header.Revision,
        DeleteRangeResponse delete => delete.Header.Revision,
        TxnResponse txn => txn.Header.Revision,
        RangeResponse range => range.Header?.Revision ?? 0,
        _ => 0,
    };

    private void Note(IMessage request, Answer answer)
    {
        if (answer.Kind == AnswerKind.Unknown)
        {
            ledger.IsDeletionPossible |= request is DeleteRangeRequest
                || (request is TxnRequest unsure
                    && unsure.Success.Concat(unsure.Failure).Any(static operation => operation.RequestDeleteRange is not null));
        }

        if (answer.Response is not { } response)
        {
            return;
        }

        long revision = RevisionOf(response);
        ledger.Saw(revision);
        switch (request)
        {
            case PutRequest put:
                ledger.Wrote(put.Key, put.Value, revision);
                cluster.Checkers.Stores.Wrote(revision, (ulong)ledger.Operations);
                break;
            case DeleteRangeRequest when response is DeleteRangeResponse { Deleted: > 0 } deleted:
                NoteDeletion(deleted, revision);
                cluster.Checkers.Stores.Wrote(revision, (ulong)ledger.Operations);
                break;
            case TxnRequest txn when response is TxnResponse done:
                Note(txn, done, revision);
                break;
        }
    }

    private void Note(TxnRequest request, TxnResponse response, long revision)
    {
        bool hasWritten = false;
        Google.Protobuf.Collections.RepeatedField<RequestOp> branch = response.Succeeded ? request.Success : request.Failure;
        for (int i = 0; i < branch.Count; i++)
        {
            if (branch[i].RequestPut is { } put)
            {
                ledger.Wrote(put.Key, put.Value, revision);
                hasWritten = true;
            }
            else if (response.Responses[i].ResponseDeleteRange is { Deleted: > 0 } deleted)
            {
                NoteDeletion(deleted, revision);
                hasWritten = true;
            }
        }

        if (hasWritten)
        {
            cluster.Checkers.Stores.Wrote(revision, (ulong)ledger.Operations);
        }
    }

    private void NoteDeletion(DeleteRangeResponse deleted, long revision)
    {
        foreach (KeyValue kv in deleted.PrevKvs)
        {
            ledger.Wrote(kv.Key, null, revision);
        }
    }
}
