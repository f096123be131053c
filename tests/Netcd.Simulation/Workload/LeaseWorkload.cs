using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>Owners of leases beside the clients of a run, and the rules that their leases are held to.</summary>
internal sealed class LeaseWorkload(SimulatedCluster cluster, int owners)
{
    /// <summary>The longest lease, an election timeout more for each leader that may follow, and what elections take.</summary>
    private const long EndsWithin = 30 * VirtualTime.Second;

    /// <summary>A clock that jumps or drifts ends leases when it says so: then only that they end is promised.</summary>
    private readonly LeaseRules rules = new(cluster.Time, cluster.Profile.DoClocksGoAlike);

    private readonly List<LeaseOwner> running = [];

    /// <summary>What was seen.</summary>
    public LeaseRules Rules => rules;

    /// <summary>Starts the owners.</summary>
    public void Begin()
    {
        cluster.Checkers.Model.Tell(rules);
        for (int number = 1; number <= owners; number++)
        {
            LeaseOwner owner = new(cluster, rules, number);
            running.Add(owner);
            cluster.Spawn(owner.RunAsync);
        }
    }

    /// <summary>The owners leave their leases alone, with no fault any more: all of them have to end.</summary>
    public void End()
    {
        Stop();
        if (!cluster.RunUntil(cluster.Time.Now + EndsWithin, HaveEnded))
        {
            ThrowIfAnyLives();
        }
    }

    /// <summary>As <see cref="End"/>, from within the simulation.</summary>
    public async Task EndAsync()
    {
        Stop();
        for (long end = cluster.Time.Now + EndsWithin; !HaveEnded() && cluster.Time.Now < end;)
        {
            await cluster.Time.Delay(100 * VirtualTime.Millisecond);
        }

        ThrowIfAnyLives();
    }

    private bool HaveEnded() => running.TrueForAll(static owner => owner.IsDone) && !rules.Existing.Any();

    private void Stop() => running.ForEach(static owner => owner.IsToStop = true);

    private void ThrowIfAnyLives()
    {
        if (rules.Existing.Any())
        {
            throw new ViolationException(
                "leases",
                $"leases live on {EndsWithin / VirtualTime.Second} s after they were left alone: {string.Join(", ", rules.Existing)}");
        }
    }
}
