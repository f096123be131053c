using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Faults;

/// <summary>
/// Hurts a cluster: draws one fault after the other, and lets it come back to itself in between, so that there is something
/// to hurt again.
/// </summary>
internal sealed class Adversary
{
    private const long StormMicroseconds = 12 * VirtualTime.Second;
    private const long CalmMicroseconds = 3 * VirtualTime.Second;

    private readonly SimulatedCluster cluster;
    private readonly SimulationRandom random;
    private readonly List<Action> heals = [];
    private readonly NetworkFaults network;
    private readonly ProcessFaults processes;
    private readonly LeaderFaults leaders;
    private readonly DiskFaults disks;
    private readonly ClusterFaults changes;
    private readonly ForgedMessages forged;
    private readonly int[] counts = new int[Enum.GetValues<FaultKind>().Length];

    public Adversary(SimulatedCluster cluster, Operator @operator, ClientLedger ledger, HistoryRecorder history)
    {
        this.cluster = cluster;
        random = cluster.Random.Branch("faults");
        network = new NetworkFaults(cluster, random, HealAfter);
        processes = new ProcessFaults(cluster, random, HealAfter);
        leaders = new LeaderFaults(cluster, random, HealAfter);
        disks = new DiskFaults(cluster, random, HealAfter, @operator);
        forged = new ForgedMessages(cluster, HealAfter);
        changes = new ClusterFaults(cluster, random, @operator, ledger, history);
    }

    /// <summary>How often each kind has come.</summary>
    public IEnumerable<(FaultKind Kind, int Count)> Counts =>
        Enum.GetValues<FaultKind>().Select(kind => (kind, counts[(int)kind])).Where(static count => count.Item2 > 0);

    /// <summary>Goes on until faults are to end.</summary>
    public async Task RunAsync()
    {
        long stormEnds = cluster.Time.Now + StormMicroseconds;
        while (cluster.IsUnderFaults)
        {
            await cluster.Time.Delay(random.Exponential(cluster.Profile.FaultPauseMicroseconds));
            if (!cluster.IsUnderFaults)
            {
                return;
            }

            if (cluster.Time.Now > stormEnds)
            {
                Heal();
                await cluster.Time.Delay(CalmMicroseconds);
                stormEnds = cluster.Time.Now + StormMicroseconds;
                continue;
            }

            FaultKind kind = random.Pick(
                cluster.Profile.IsFocused && random.Percent(50) ? cluster.Profile.FocusFaults : cluster.Profile.Faults);
            if (leaders.Inject(kind) || network.Inject(kind) || processes.Inject(kind) || disks.Inject(kind) || changes.Inject(kind)
                || forged.Inject(kind))
            {
                counts[(int)kind]++;
            }
        }
    }

    /// <summary>All that is broken works again, and all that is down comes up.</summary>
    public void Heal()
    {
        cluster.Trace.Fault("all is healed");
        foreach (Action heal in heals.ToArray())
        {
            heal();
        }

        heals.Clear();
        cluster.Network.Conditions.Heal();
        foreach (SimulatedMember member in cluster.Members.ToArray())
        {
            member.DiskFaults.Disarm();
            member.RestoreDiskSpeed();
            member.RestoreProcessorSpeed();
            member.SetClockRate(1);
            member.Resume();
            cluster.Start(member);
        }
    }

    private void HealAfter(long microseconds, Action heal)
    {
        bool isHealed = false;
        void HealOnce()
        {
            if (!isHealed)
            {
                isHealed = true;
                heals.Remove(HealOnce);
                heal();
            }
        }

        heals.Add(HealOnce);
        cluster.Time.After(microseconds, HealOnce);
    }
}
