using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Faults;

/// <summary>What happens to processes, machines and their clocks.</summary>
internal sealed class ProcessFaults(SimulatedCluster cluster, SimulationRandom random, Action<long, Action> healAfter)
{
    private const int OperationsAhead = 60;
    private readonly SimulationRandom commits = cluster.Random.Branch("commits that are cut");

    /// <summary>Brings a fault about; false where it is none of these, or none that can be.</summary>
    public bool Inject(FaultKind kind)
    {
        if (Victim() is not { } victim)
        {
            return false;
        }

        switch (kind)
        {
            case FaultKind.PowerLoss:
                Tell(kind, victim);
                Down(victim, CrashKind.Power);
                return true;
            case FaultKind.ProcessKill:
                Tell(kind, victim);
                Down(victim, CrashKind.Process);
                return true;
            case FaultKind.PowerLossAtWrite:
                Tell(kind, victim);
                CrashAtWrite(victim, CrashKind.Power);
                MayCutCommit(victim);
                return true;
            case FaultKind.ProcessKillAtWrite:
                Tell(kind, victim);
                CrashAtWrite(victim, CrashKind.Process);
                return true;
            case FaultKind.TornLog:
                Tell(kind, victim);
                TearLog(victim);
                return true;
            case FaultKind.CrashAtStart:
                Tell(kind, victim);
                CrashAtWrite(victim, random.Percent(70) ? CrashKind.Process : CrashKind.Power);
                int lives = random.Pick([1, 1, 2, 3]);
                victim.WhenGone(() => EndLives(cluster, random, victim, lives));
                return true;
            case FaultKind.PowerLossOfAll:
                cluster.Trace.Fault($"{kind}");
                foreach (SimulatedMember member in cluster.Members.Where(static member => member.IsUp).ToArray())
                {
                    Down(member, CrashKind.Power);
                }

                return true;
            case FaultKind.CleanRestart:
                Tell(kind, victim);
                victim.StopCleanly();
                cluster.StartAfter(victim, random.Exponential(300 * VirtualTime.Millisecond));
                return true;
            case FaultKind.SlowApply:
                if (!cluster.Profile.AreEntriesInPieces)
                {
                    return false;
                }

                Tell(kind, victim);
                victim.MicrosecondsPerUnit = random.Pick([2L, 10L, 50L]) * VirtualTime.Millisecond;
                healAfter(random.Exponential(4 * VirtualTime.Second), victim.RestoreProcessorSpeed);
                return true;
            case FaultKind.Pause:
                return Pause(kind, victim);
            case FaultKind.ClockJump:
                long jump = random.Pick([50L, 1_000L, 20_000L]);
                cluster.Trace.Fault($"{kind}: {victim.Name} by {jump} ms");
                victim.JumpClock(jump);
                return true;
            case FaultKind.ClockDrift:
                int percent = random.Pick([20, 70, 95, 105, 150, 400]);
                cluster.Trace.Fault($"{kind}: {victim.Name} runs at {percent}%");
                victim.SetClockRate(percent / 100.0);
                healAfter(random.Exponential(4 * VirtualTime.Second), () => victim.SetClockRate(1));
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// At any operation, or at one of the rare ones that change what a start finds. What a killed process has left without a
    /// flush is at its worst when the power goes soon after its successor has started.
    /// </summary>
    private void CrashAtWrite(SimulatedMember victim, CrashKind kind)
    {
        if (random.Percent(60))
        {
            victim.DiskFaults.CrashAfter(1 + random.Below(OperationsAhead), kind, static _ => true);
        }
        else
        {
            victim.DiskFaults.CrashAfter(1 + random.Below(3), kind, static operation => operation.Kind
                is SimulatedDiskOperationKind.Rename or SimulatedDiskOperationKind.FlushDirectory
                or SimulatedDiskOperationKind.CreateFile or SimulatedDiskOperationKind.Delete);
        }

        if (kind == CrashKind.Process && random.Percent(50))
        {
            int life = victim.Life;
            cluster.Time.After(random.Exponential(2 * VirtualTime.Second), () =>
            {
                if (victim.IsUp && victim.Life > life && cluster.IsUnderFaults)
                {
                    Tell(FaultKind.PowerLoss, victim);
                    Down(victim, CrashKind.Power);
                }
            });
        }
    }

    /// <summary>
    /// Most operations are the log's. A commit of the backend has few, and just before each of its flushes the most of it is not on
    /// the disk.
    /// </summary>
    private void MayCutCommit(SimulatedMember victim)
    {
        if (cluster.Profile.AreCommitsCut && commits.Percent(50))
        {
            victim.DiskFaults.CrashAfter(1 + commits.Below(4), CrashKind.Power, static operation =>
                operation.Kind == SimulatedDiskOperationKind.Flush && operation.Path == RunProfile.DatabasePath);
        }
    }

    /// <summary>
    /// What a start does with the torn end of a log shows only when the log was appended to and is opened once more: the next
    /// life ends a few writes after its own start.
    /// </summary>
    private void TearLog(SimulatedMember victim)
    {
        victim.DiskFaults.CrashAfter(1 + random.Below(8), CrashKind.Power, IsFlushOfLog, tornOneIn: 1);
        victim.WhenGone(() =>
        {
            if (cluster.IsUnderFaults)
            {
                // The repair at the start flushes the log once.
                victim.DiskFaults.CrashAfter(2 + random.Below(6), random.Percent(70) ? CrashKind.Process : CrashKind.Power, IsFlushOfLog);
            }
        });
    }

    /// <summary>
    /// Ends lives of a member at one of their first operations, the present one or the one to come among them. A start does few,
    /// and what it leaves unflushed of what it found unflushed shows when the power goes at the next ones: the first commit of the
    /// backend, the first records of the log.
    /// </summary>
    public static void EndLives(SimulatedCluster cluster, SimulationRandom random, SimulatedMember victim, int lives)
    {
        if (cluster.IsUnderFaults && lives > 0)
        {
            int operations = 1 + random.Below(random.Pick([6, 20, 40]));
            victim.DiskFaults.CrashAfter(operations, random.Percent(40) ? CrashKind.Process : CrashKind.Power, static _ => true);
            victim.WhenGone(() => EndLives(cluster, random, victim, lives - 1));
        }
    }

    private static bool IsFlushOfLog(SimulatedDiskOperation operation) =>
        operation.Kind == SimulatedDiskOperationKind.Flush && operation.Path.StartsWith(RunProfile.WalDirectory, StringComparison.Ordinal);

    private bool Pause(FaultKind kind, SimulatedMember victim)
    {
        if (victim.IsPaused)
        {
            return false;
        }

        long length = random.Pick([100L, 1_500L, 6_000L]) * VirtualTime.Millisecond;
        int life = victim.Life;
        cluster.Trace.Fault($"{kind}: {victim.Name} for {length / 1000} ms");
        victim.Pause();
        healAfter(length, () =>
        {
            if (victim.Life == life)
            {
                cluster.Trace.Line(victim.Name, $"goes on");
                victim.Resume();
            }
        });
        return true;
    }

    private void Down(SimulatedMember victim, CrashKind kind)
    {
        victim.Crash(kind);
        cluster.WentDown(victim);
    }

    private SimulatedMember? Victim()
    {
        List<SimulatedMember> up = [.. cluster.Members.Where(static member => member.IsUp)];
        return up.Count == 0 ? null : random.Percent(40) && cluster.Leader is { } leader ? leader : random.Pick(up);
    }

    private void Tell(FaultKind kind, SimulatedMember victim) => cluster.Trace.Fault($"{kind}: {victim.Name}");
}
