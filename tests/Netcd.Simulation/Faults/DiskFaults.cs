using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;
using Netcd.Storage.Disk;

namespace Netcd.Simulation.Faults;

/// <summary>What goes wrong with disks.</summary>
internal sealed class DiskFaults(SimulatedCluster cluster, SimulationRandom random, Action<long, Action> healAfter, Operator @operator)
{
    private const int OperationsAhead = 40;

    /// <summary>Brings a fault about; false where it is none of these, or none that can be.</summary>
    public bool Inject(FaultKind kind)
    {
        List<SimulatedMember> up = [.. cluster.Members.Where(static member => member.IsUp)];
        if (up.Count == 0)
        {
            return false;
        }

        SimulatedMember victim = random.Pick(up);
        switch (kind)
        {
            case FaultKind.WriteError:
                Tell(kind, victim);
                victim.DiskFaults.FailAfter(1 + random.Below(OperationsAhead), IsWrite);
                return true;
            case FaultKind.FlushError:
                Tell(kind, victim);
                victim.DiskFaults.FailAfter(1 + random.Below(OperationsAhead / 4), IsFlush);
                return true;
            case FaultKind.ReadError:
                return FailReads(kind, victim);
            case FaultKind.DiskFull:
                Tell(kind, victim);
                victim.DiskFaults.LeaveRoom(random.Between(0, 64 * 1024));
                healAfter(random.Exponential(2 * VirtualTime.Second), victim.DiskFaults.Disarm);
                return true;
            case FaultKind.SlowDisk:
                Tell(kind, victim);
                victim.DiskLatencyMicroseconds = random.Pick([20L, 150L, 700L]) * VirtualTime.Millisecond;
                healAfter(random.Exponential(2 * VirtualTime.Second), victim.RestoreDiskSpeed);
                return true;
            case FaultKind.StalledDisk:
                Tell(kind, victim);
                victim.DiskStalledUntil = cluster.Time.Now + random.Exponential(2 * VirtualTime.Second);
                return true;
            case FaultKind.BitFlip:
                return Flip(kind, victim);
            case FaultKind.Wipe:
                return Wipe(kind, victim);
            default:
                return false;
        }
    }

    private static bool IsWrite(SimulatedDiskOperation operation) =>
        operation.Kind is not (SimulatedDiskOperationKind.Flush or SimulatedDiskOperationKind.FlushDirectory);

    private static bool IsFlush(SimulatedDiskOperation operation) => !IsWrite(operation);

    /// <summary>Files are read at starts: the victim restarts, and meets an error on the way.</summary>
    private bool FailReads(FaultKind kind, SimulatedMember victim)
    {
        Tell(kind, victim);
        victim.Crash(CrashKind.Process);
        victim.DiskFaults.FailReadAfter(1 + random.Below(20));
        cluster.WentDown(victim);
        return true;
    }

    private bool Wipe(FaultKind kind, SimulatedMember victim)
    {
        if (!@operator.MayLose(victim))
        {
            return false;
        }

        Tell(kind, victim);
        victim.Wipe();
        victim.IsDestroyed = true;
        @operator.Replace(victim);
        return true;
    }

    /// <summary>
    /// A byte of the log, or of one of the database's two meta pages, rots while the victim is down. It may refuse to start,
    /// and is replaced then; what it may not do is to serve what is wrong, or to forget what it has acknowledged.
    /// </summary>
    private bool Flip(FaultKind kind, SimulatedMember victim)
    {
        if (!@operator.MayLose(victim))
        {
            return false;
        }

        victim.Crash(CrashKind.Process);
        (string path, long length) = random.Percent(70) ? Segment(victim) : (RunProfile.DatabasePath, 2 * 4096L);
        long offset = random.Between(0, length - 1);
        byte mask = (byte)(1 << random.Below(8));
        cluster.Trace.Fault($"{kind}: {victim.Name}, bit {mask:x2} of byte {offset} of {path}");
        victim.Disk.FlipBits(path, offset, mask);
        victim.IsDamaged = true;
        @operator.Watch(victim);
        cluster.WentDown(victim);
        return true;
    }

    private (string Path, long Length) Segment(SimulatedMember victim)
    {
        IReadOnlyList<string> names =
            [.. victim.Disk.List(RunProfile.WalDirectory).Where(static name => name.EndsWith(".wal", StringComparison.Ordinal))];
        string path = RunProfile.WalDirectory + "/" + random.Pick(names);
        using IDiskFile file = victim.Disk.Open(path, DiskOpenMode.ReadOnly);
        byte[] bytes = new byte[file.Length];
        file.ReadAt(0, bytes);
        int used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        return (path, Math.Max(1, used));
    }

    private void Tell(FaultKind kind, SimulatedMember victim) => cluster.Trace.Fault($"{kind}: {victim.Name}");
}
