using System.Globalization;
using Google.Protobuf;
using Netcd.Coordination;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>
/// A client that takes locks and runs for elections at whichever member serves. As an owner it writes under the guard of its key; it
/// may stand still while it owns or waits, forget to give back, or leave a queue before its turn has come.
/// </summary>
internal sealed class LockUser(SimulatedCluster cluster, LockRules rules, int number, IReadOnlyList<string> queues)
{
    private const long AnsweredWithin = 2 * VirtualTime.Second;
    private const long Look = 20 * VirtualTime.Millisecond;
    private const int TimesObserved = 5;

    private readonly SimulationRandom random = cluster.Random.Branch($"locker {number}");
    private int granted;

    /// <summary>Those who are to be told that it leads before it does anything else.</summary>
    public IReadOnlyList<ElectionObserver> Observers { get; init; } = [];

    /// <summary>Whether it owns but for a moment, gives back what it owned, and comes again at once.</summary>
    public bool IsHurried { get; init; }

    /// <summary>Whether it is to begin nothing new, and to wait for what it waits for.</summary>
    public bool IsToStop { get; set; }

    /// <summary>Whether it does nothing any more.</summary>
    public bool IsDone { get; private set; }

    public async Task RunAsync()
    {
        while (!IsToStop)
        {
            string queue = random.Pick(queues);
            if (random.Percent(10))
            {
                // The service grants a lease, which outlasts the run's faults if nobody gives the lock back.
                await OwnAsync(queue, null, random.Percent(80) ? random.Between(20, 2_000) * VirtualTime.Millisecond : null);
            }
            else if (await BeginAsync() is { } session)
            {
                await OwnAsync(queue, session, random.Percent(40) ? Patience() : null);
                session.Abandon();
            }

            await cluster.Time.Delay(random.Between(10, IsHurried ? 40 : 600) * VirtualTime.Millisecond);
        }

        IsDone = true;
    }

    /// <summary>Takes each queue, however often it has to ask, and what is observed several times in a row: one change close upon
    /// another.</summary>
    public async Task TakeAllAsync()
    {
        foreach (string queue in queues)
        {
            for (int times = Observers.Any(observer => observer.Queue == queue) ? TimesObserved : 1; times > 0;)
            {
                if (await BeginAsync() is { } session)
                {
                    times -= await OwnAsync(queue, session, null) ? 1 : 0;
                    session.Abandon();
                }

                await cluster.Time.Delay(random.Between(1, 100) * VirtualTime.Millisecond);
            }
        }

        IsDone = true;
    }

    /// <summary>Long enough to wait for another, or so short that it ends while the place in the queue is being asked for.</summary>
    private long Patience() =>
        (random.Percent(25) ? random.Between(1, 20) : random.Between(20, IsHurried ? 200 : 3_000)) * VirtualTime.Millisecond;

    private async Task<ClientSession?> BeginAsync()
    {
        long id = (number * 1_000_000L) + 500_000 + ++granted;
        long ttl = random.Pick([2L, 3, 5, 9]);
        Answer answer = await ProposeAsync(new InternalRaftRequest { LeaseGrant = new LeaseGrantRequest { ID = id, TTL = ttl } });
        if (answer.Kind != AnswerKind.Done)
        {
            return null;
        }

        ClientSession session = new(cluster, id, ttl);
        _ = cluster.Spawn(session.KeepAliveAsync);
        return session;
    }

    /// <summary>Queues up, and does what an owner does; false where it did not come to that.</summary>
    private async Task<bool> OwnAsync(string queue, ClientSession? session, long? patience)
    {
        int calls = 0;
        MayStandStill(session, percent: 15);
        do
        {
            if (Serving() is not { } member)
            {
                await cluster.Time.Delay(10 * Look);
                continue;
            }

            using CancellationTokenSource gone = new();
            MemberStore store = new(cluster, member, random, gone.Token);
            int life = member.Life;
            Task<Ownership> asked = AskAsync(queue, session?.Lease ?? 0, store);
            calls++;
            bool isAnswered = await AwaitAsync(asked, member, life, gone, patience);
            if (isAnswered && asked.IsCompletedSuccessfully)
            {
                if (gone.IsCancellationRequested)
                {
                    throw LockRules.GivenToNobody(queue, asked.Result.Key);
                }

                rules.Granted(queue, asked.Result.Key, asked.Result.ToldAt, isLock: !IsElection(queue));
                cluster.Trace.Line($"l{number}", $"owns {asked.Result.Key.ToStringUtf8()}, as told at {asked.Result.ToldAt}");
                await HoldAsync(queue, asked.Result, session);
                return true;
            }

            // What a call through a member that died may have left in the log comes when it comes.
            if (isAnswered && gone.IsCancellationRequested && !store.HasFailed && calls == 1)
            {
                long lease = session?.Lease ?? store.Granted;
                cluster.Trace.Line($"l{number}", $"has left {queue}, lease {lease:x}");
                rules.Left(queue, ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{queue}/{lease:x}")));
            }
        }
        while (patience is null && session is { IsAlive: true } && !IsToStop);
        return false;
    }

    /// <summary>Waits for the end of a call, and cancels it when the client has no patience any more; false where its member is
    /// gone.</summary>
    private async Task<bool> AwaitAsync(Task asked, SimulatedMember member, int life, CancellationTokenSource gone, long? patience)
    {
        long end = cluster.Time.Now + (patience ?? long.MaxValue / 2);
        bool isCancelled = false;
        while (!asked.IsCompleted)
        {
            await cluster.Time.Delay(isCancelled ? Look : Math.Clamp(end - cluster.Time.Now, 1, Look));
            if (member.Life != life || member.IsRemoved)
            {
                return false;
            }

            if (!isCancelled && !asked.IsCompleted && !member.IsPaused && cluster.Time.Now >= end)
            {
                isCancelled = true;
                gone.Cancel();
            }
        }

        if (asked.Exception?.InnerException is { } failure and not (EtcdException or OperationCanceledException))
        {
            throw failure;
        }

        return true;
    }

    private async Task<Ownership> AskAsync(string queue, long lease, MemberStore store)
    {
        ByteString name = ByteString.CopyFromUtf8(queue);
        if (IsElection(queue))
        {
            CampaignRequest campaign = new() { Name = name, Lease = lease, Value = ByteString.CopyFromUtf8($"l{number}") };
            CampaignResponse won = await new Elections(store).CampaignAsync(campaign);
            return new Ownership(won.Leader.Key, won.Header.Revision, won.Leader);
        }

        LockResponse locked = await new Locks(store).LockAsync(new LockRequest { Name = name, Lease = lease });
        return new Ownership(locked.Key, locked.Header.Revision, null);
    }

    /// <summary>A client that stands still lets its lease end; how long it does.</summary>
    private long MayStandStill(ClientSession? session, int percent)
    {
        if (session is null || IsHurried || !random.Percent(percent))
        {
            return 0;
        }

        long pause = random.Between(1, 9) * VirtualTime.Second;
        session.PausedUntil = cluster.Time.Now + pause;
        return pause;
    }

    private async Task HoldAsync(string queue, Ownership ownership, ClientSession? session)
    {
        foreach (ElectionObserver observer in Observers.Where(observer => observer.Queue == queue))
        {
            await observer.AwaitToldOfAsync(ownership.Key);
        }

        if (await RevisionOfAsync(ownership) is { } token)
        {
            for (long n = IsHurried ? random.Between(0, 1) : random.Between(1, 6); n > 0 && !IsToStop; n--)
            {
                long pause = MayStandStill(session, percent: 8);
                await cluster.Time.Delay(pause + random.Exponential((IsHurried ? 10 : 100) * VirtualTime.Millisecond));
                TxnRequest write = new();
                write.Compare.Add(new Compare { Key = ownership.Key, Target = Compare.Types.CompareTarget.Create, CreateRevision = token });
                PutRequest put = new() { Key = LockRules.GuardedKey(queue), Value = LockRules.Token(ownership.Key, token) };
                write.Success.Add(new RequestOp { RequestPut = put });
                Answer answer = await ProposeAsync(new InternalRaftRequest { Txn = write });
                if (answer.Response is TxnResponse { Succeeded: false })
                {
                    break;
                }
            }
        }

        await EndAsync(ownership, session);
    }

    /// <summary>The fencing token. The answer of the Election service tells it; for a lock the key is read.</summary>
    private async Task<long?> RevisionOfAsync(Ownership ownership)
    {
        if (ownership.Leader is { } leader)
        {
            return leader.Rev;
        }

        if (Serving() is not { } member)
        {
            return null;
        }

        try
        {
            MemberStore store = new(cluster, member, random, CancellationToken.None);
            Task<RangeResponse> read = store.RangeAsync(new RangeRequest { Key = ownership.Key }).AsTask();
            using CancellationTokenSource none = new();
            return await AwaitAsync(read, member, member.Life, none, null) && read.IsCompletedSuccessfully && read.Result.Kvs.Count > 0
                ? read.Result.Kvs[0].CreateRevision
                : null;
        }
        catch (EtcdException)
        {
            return null;
        }
    }

    private async Task EndAsync(Ownership ownership, ClientSession? session)
    {
        int fate = IsHurried ? 99 : random.Below(100);
        if (fate < 20 && session is not null)
        {
            // Its end ends its lease, sooner or later.
            return;
        }

        if (Serving() is not { } member)
        {
            return;
        }

        if (fate < 35 && session is not null)
        {
            await session.RevokeAsync(member);
            return;
        }

        MemberStore store = new(cluster, member, random, CancellationToken.None);
        int life = member.Life;
        using CancellationTokenSource none = new();
        Task given = GiveBackAsync(ownership, store);
        await AwaitAsync(given, member, life, none, null);
    }

    private async Task GiveBackAsync(Ownership ownership, MemberStore store)
    {
        if (ownership.Leader is not { } leader)
        {
            await new Locks(store).UnlockAsync(new UnlockRequest { Key = ownership.Key });
            return;
        }

        if (random.Percent(40))
        {
            await new Elections(store).ProclaimAsync(new ProclaimRequest { Leader = leader, Value = ByteString.CopyFromUtf8("parting") });
        }

        await new Elections(store).ResignAsync(new ResignRequest { Leader = leader });
    }

    private static bool IsElection(string queue) => queue.StartsWith("election", StringComparison.Ordinal);

    private SimulatedMember? Serving()
    {
        SimulatedMember[] serving = [.. cluster.Serving];
        return serving.Length == 0 ? null : random.Pick(serving);
    }

    private Task<Answer> ProposeAsync(InternalRaftRequest request) =>
        Serving() is { } member ? Calls.ProposeAsync(cluster, member, request, AnsweredWithin) : Task.FromResult(Answer.NotReached);

    /// <summary>What an owner was told.</summary>
    private sealed record Ownership(ByteString Key, long ToldAt, LeaderKey? Leader);
}
