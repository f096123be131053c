using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>Clients that take locks and run for elections beside the clients of a run, and the rules that these are held to.</summary>
internal sealed class LockWorkload(SimulatedCluster cluster, int users)
{
    /// <summary>The lease that the services grant, the longest of the clients', an election timeout for each leader that may
    /// follow.</summary>
    private const long TakenWithin = 120 * VirtualTime.Second;

    /// <summary>
    /// Under faults who waits for what has happened already is freed soon: each restart has it ask again. So long there are none any
    /// more, while as many users again crowd at one queue, where one change comes close upon another.
    /// </summary>
    private const long Rush = 5 * VirtualTime.Second;

    private const int ObserverCount = 2;
    private const string Election = "election/a";

    private static readonly string[] Queues = ["lock/a", "lock/b", "lock/c", Election, "election/b"];
    private static readonly string[] Crowded = ["lock/crowded"];

    private readonly List<LockUser> running = [];
    private readonly List<ElectionObserver> observers = [];

    /// <summary>What was seen.</summary>
    public LockRules Rules { get; } = new(cluster.Checkers.Model);

    /// <summary>Starts the users.</summary>
    public void Begin()
    {
        for (int number = 1; number <= users; number++)
        {
            LockUser user = new(cluster, Rules, number, Queues);
            running.Add(user);
            _ = cluster.Spawn(user.RunAsync);
        }

        for (int number = 1; number <= ObserverCount && users > 0; number++)
        {
            ElectionObserver observer = new(cluster, Rules, number, Election);
            observers.Add(observer);
            _ = cluster.Spawn(observer.RunAsync);
        }
    }

    /// <summary>With no fault any more all who wait come to their turn, and one who comes now can have each lock.</summary>
    public void End()
    {
        if (running.Count == 0)
        {
            return;
        }

        Crowd();
        cluster.RunUntil(cluster.Time.Now + Rush);
        LockUser last = Stop();
        if (!cluster.RunUntil(cluster.Time.Now + TakenWithin, () => last.IsDone && AreDone()))
        {
            throw NotTaken();
        }

        Rules.CheckGuardedWrites();
    }

    /// <summary>As <see cref="End"/>, from within the simulation.</summary>
    public async Task EndAsync()
    {
        LockUser last = Stop();
        for (long end = cluster.Time.Now + TakenWithin; !(last.IsDone && AreDone()) && cluster.Time.Now < end;)
        {
            await cluster.Time.Delay(100 * VirtualTime.Millisecond);
        }

        if (!last.IsDone || !AreDone())
        {
            throw NotTaken();
        }

        Rules.CheckGuardedWrites();
    }

    private void Crowd()
    {
        for (int number = users + 2; number <= (2 * users) + 1; number++)
        {
            LockUser user = new(cluster, Rules, number, Crowded) { IsHurried = true };
            running.Add(user);
            _ = cluster.Spawn(user.RunAsync);
        }
    }

    private LockUser Stop()
    {
        running.ForEach(static user => user.IsToStop = true);
        observers.ForEach(static observer => observer.IsToStay = true);
        LockUser last = new(cluster, Rules, users + 1, Queues) { Observers = observers };
        _ = cluster.Spawn(last.TakeAllAsync);
        return last;
    }

    private bool AreDone() => running.TrueForAll(static user => user.IsDone);

    private static ViolationException NotTaken() =>
        new("locks", $"a lock cannot be had, or is waited for, {TakenWithin / VirtualTime.Second} s after the faults have ended");
}
