using Google.Protobuf;
using Netcd.Engine.Node.Stages;
using Netcd.Protocol.V3;
using Netcd.Simulation.Checking.Linearizability;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Runs;

/// <summary>
/// One seed: a cluster under faults and clients, then the end of all faults, after which it has to serve and to agree, and
/// the last checks.
/// </summary>
internal sealed class SimulationRun
{
    /// <summary>After the faults end: an election, the way of a snapshot, a compaction of all that is behind.</summary>
    private const long ServesWithin = 30 * VirtualTime.Second;

    private const long AgreesWithin = 60 * VirtualTime.Second;

    private readonly SimulationOptions options;
    private readonly SimulatedCluster cluster;
    private readonly ClientLedger ledger = new();
    private readonly HistoryRecorder history;
    private readonly Operator @operator;
    private readonly Adversary adversary;
    private readonly List<Client> clients = [];
    private readonly LeaseWorkload leases;
    private readonly LockWorkload locks;
    private readonly UserWorkload users;
    private readonly AlarmWorkload alarms;
    private readonly List<Watcher> watchers = [];

    private SimulationRun(SimulationOptions options)
    {
        this.options = options;
        cluster = new SimulatedCluster(options);
        history = new HistoryRecorder(cluster.Time);
        @operator = new Operator(cluster);
        leases = new LeaseWorkload(cluster, options.LeaseOwners);
        locks = new LockWorkload(cluster, options.Lockers);
        users = new UserWorkload(cluster, options.Users);
        alarms = new AlarmWorkload(cluster, options.Alarms);
        adversary = new Adversary(cluster, @operator, ledger, history);
    }

    /// <summary>Runs a seed on a thread of its own, so that nothing of the caller's decides where its parts go on.</summary>
    public static SimulationResult Run(SimulationOptions options)
    {
        SimulationResult? result = null;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                result = new SimulationRun(options).Run();
            }
            catch (Exception unexpected)
            {
                failure = unexpected;
            }
        });
        thread.Start();
        thread.Join();
        return result ?? throw new InvalidOperationException($"the simulation of seed {options.Seed} broke: {failure}", failure);
    }

    private SimulationResult Run()
    {
        ViolationException? violation = null;
        try
        {
            cluster.Trace.Line("run", $"seed {options.Seed}: {cluster.Profile}");
            RunUnderFaults();
            RunWithoutFaults();
            CheckAtEnd();
        }
        catch (ViolationException found)
        {
            violation = found;
            cluster.Trace.Line("CHECKER", $"{found.Message}");
        }

        foreach (SimulatedMember member in cluster.Members)
        {
            member.DiskFaults.End(CrashKind.Process);
            member.Node?.Dispose();
            member.Disk.EndProcess();
        }

        return Result(violation);
    }

    private void RunUnderFaults()
    {
        cluster.Begin();
        cluster.Spawn(@operator.RunAsync);
        int count = cluster.Profile.Clients + cluster.Profile.Readers;
        for (int i = 0; i < count; i++)
        {
            Client client = new(cluster, ledger, history, i + 1, i < cluster.Profile.Clients ? null : i);
            clients.Add(client);
            cluster.Spawn(client.RunAsync);
        }

        leases.Begin();
        locks.Begin();
        users.Begin();
        alarms.Begin();
        WatchJudge judge = new(cluster.Checkers.Model);
        for (int i = 0; i < cluster.Profile.Watchers; i++)
        {
            Watcher watcher = new(cluster, judge, i + 1);
            watchers.Add(watcher);
            cluster.Spawn(watcher.RunAsync);
        }

        long end = options.VirtualSeconds * VirtualTime.Second;
        if (options.Script is not { } script)
        {
            cluster.Spawn(adversary.RunAsync);
            cluster.RunUntil(end);
            return;
        }

        Task played = script(cluster);
        cluster.Spawn(() => played);
        if (!cluster.RunUntil(end, () => played.IsCompleted))
        {
            throw new ViolationException("liveness", $"the scenario has not come to its end: {Where()}");
        }
    }

    private void RunWithoutFaults()
    {
        cluster.IsUnderFaults = false;
        adversary.Heal();
        alarms.End();
        Client last = new(cluster, ledger, history, 0);
        Task<bool> serving = ServeAsync(last);
        cluster.Spawn(() => serving);
        if (!cluster.RunUntil(cluster.Time.Now + ServesWithin, () => serving.IsCompleted))
        {
            throw new ViolationException(
                "liveness", $"no write is served {ServesWithin / VirtualTime.Second} s after the faults have ended: {Where()}");
        }

        leases.End();
        locks.End();
        users.End();
        foreach (Client client in clients)
        {
            client.IsToStop = true;
        }

        if (!cluster.RunUntil(
            cluster.Time.Now + AgreesWithin,
            () => @operator.IsIdle && clients.TrueForAll(static client => client.IsDone) && HaveAllAppliedTheSame()))
        {
            throw new ViolationException(
                "liveness", $"members do not come to agree within {AgreesWithin / VirtualTime.Second} s: {Where()}");
        }

        watchers.ForEach(static watcher => watcher.Finish());
        if (!cluster.RunUntil(cluster.Time.Now + AgreesWithin, () => watchers.TrueForAll(static watcher => watcher.IsDone)))
        {
            throw new ViolationException(
                "watch", $"not told all that is committed: {string.Join("; ", watchers.Where(static watcher => !watcher.IsDone))}");
        }
    }

    private async Task<bool> ServeAsync(Client client)
    {
        for (int i = 0; ; i++)
        {
            PutRequest put = new() { Key = ByteString.CopyFromUtf8("k0"), Value = ByteString.CopyFromUtf8($"last-{i}") };
            if (cluster.Serving.Any() && (await client.AskAsync(cluster.Random.Pick([.. cluster.Serving]), put)).Kind == AnswerKind.Done)
            {
                return true;
            }

            await cluster.Time.Delay(100 * VirtualTime.Millisecond);
        }
    }

    private void CheckAtEnd()
    {
        if (cluster.Profile.IsOnlySlow && cluster.Checkers.Raft.Elections != 1)
        {
            throw new ViolationException(
                "leadership",
                $"{cluster.Checkers.Raft.Elections} leaders were elected, where nothing was wrong but that entries took long");
        }

        cluster.Checkers.Sum();
        users.Check();
        alarms.Check();
        foreach (SimulatedMember member in cluster.Members.Where(static member => member.IsServing))
        {
            ledger.Check(member);
            cluster.Checkers.CheckFiles(member);
        }

        if (options is { WithOrderSearch: true, LeaseOwners: 0, Lockers: 0, Users: 0, Alarms: 0 }
            && LinearizabilityChecker.Check(history.History, hints: history.OperationsOf(cluster.Checkers.Model.Writers))
                is { IsLinearizable: false } verdict)
        {
            throw new ViolationException("linearizability", verdict.Fault!);
        }
    }

    private bool HaveAllAppliedTheSame()
    {
        List<RaftPosition> positions = [.. cluster.Members.Where(static member => !member.IsRemoved)
            .Select(static member => member.Node?.Position).OfType<RaftPosition>()];
        return positions.Count == cluster.Members.Count(static member => !member.IsRemoved)
            && positions.TrueForAll(position => position.LeaderId != 0
                && position.AppliedIndex == position.CommitIndex && position.CommitIndex == positions[0].CommitIndex);
    }

    private string Where() => string.Join("; ", cluster.Members.Select(static member =>
        $"{member.Name} {(member.IsUp ? "up" : "down")}{(member.IsDestroyed ? " destroyed" : "")}{(member.IsRemoved ? " removed" : "")} "
            + $"{member.Node?.Position}"));

    private SimulationResult Result(ViolationException? violation) => new()
    {
        Seed = options.Seed,
        Profile = cluster.Profile.ToString(),
        Checker = violation?.Checker,
        Message = violation?.Message,
        StackTrace = violation?.InnerException?.ToString(),
        VirtualSeconds = cluster.Time.Now / (double)VirtualTime.Second,
        Operations = ledger.Operations,
        Acknowledged = ledger.Acknowledged,
        Unknown = ledger.Unknown,
        Elections = cluster.Checkers.Raft.Elections,
        SnapshotsDelivered = cluster.Network.SnapshotsDelivered,
        SnapshotsBroken = cluster.Network.SnapshotsBroken,
        FilesShortened = cluster.Checkers.Databases.Shortened,
        HashComparisons = cluster.Checkers.Stores.Comparisons,
        CommittedEntries = cluster.Checkers.Raft.Committed.LastIndex,
        Events = cluster.Time.EventsRun,
        TraceHash = cluster.Trace.Hash,
        Faults = adversary.Counts.ToDictionary(static count => count.Kind.ToString(), static count => count.Count),
    };
}
