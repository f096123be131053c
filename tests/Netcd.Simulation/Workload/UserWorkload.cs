using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>Users with rights that change beside the clients of a run, which are root's from then on.</summary>
internal sealed class UserWorkload(SimulatedCluster cluster, int users)
{
    private const long DoneWithin = 60 * VirtualTime.Second;

    private readonly Administrator administrator = new(cluster);
    private readonly List<GuardedClient> clients = [];
    private readonly List<GuardedWatcher> watchers = [];

    /// <summary>What was seen.</summary>
    public RightsJudge Judge { get; } = new(cluster.Checkers.Model);

    /// <summary>Starts them.</summary>
    public void Begin()
    {
        if (users == 0)
        {
            return;
        }

        cluster.Spawn(administrator.RunAsync);
        for (int number = 1; number <= users; number++)
        {
            GuardedClient client = new(cluster, Judge, number);
            clients.Add(client);
            cluster.Spawn(client.RunAsync);
            GuardedWatcher watcher = new(cluster, Judge, number);
            watchers.Add(watcher);
            cluster.Spawn(watcher.RunAsync);
        }
    }

    /// <summary>Has them come to their end, with no fault any more.</summary>
    public void End()
    {
        administrator.IsToStop = true;
        clients.ForEach(static client => client.IsToStop = true);
        watchers.ForEach(static watcher => watcher.IsToStop = true);
        if (users > 0 && !cluster.RunUntil(
            cluster.Time.Now + DoneWithin, () => administrator.IsDone && clients.TrueForAll(static client => client.IsDone)))
        {
            throw new ViolationException(
                "liveness", $"users are not answered {DoneWithin / VirtualTime.Second} s after the faults have ended");
        }
    }

    /// <summary>All members have applied the same: they have the users and roles that the log says.</summary>
    public void Check()
    {
        foreach (SimulatedMember member in cluster.Members.Where(static member => member.IsServing))
        {
            Judge.CheckTable(member);
        }
    }
}
