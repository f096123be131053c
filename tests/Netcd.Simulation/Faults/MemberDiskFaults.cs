using Netcd.Storage.Disk;

namespace Netcd.Simulation.Faults;

/// <summary>How a process ends that does not end by itself.</summary>
internal enum CrashKind
{
    /// <summary>The process alone: what it wrote is still there, flushed or not.</summary>
    Process,

    /// <summary>The machine: what was not flushed may be lost in any part.</summary>
    Power,
}

/// <summary>What is planned to go wrong with one member's disk, and what did in the life that it is in.</summary>
internal sealed class MemberDiskFaults
{
    private const int InputOutputError = 5;
    private const int UsualTears = 4;
    private const string Full = "no space left on device";

    private SimulatedDisk disk = new(keepLog: false);
    private int crashIn;
    private CrashKind crash;
    private Predicate<SimulatedDiskOperation> crashing = static _ => true;
    private int failIn;
    private Predicate<SimulatedDiskOperation>? failing;
    private int readFailsIn;

    /// <summary>Told of every operation that is done; for the trace.</summary>
    public Action<SimulatedDiskOperation>? Watcher { get; set; }

    /// <summary>How the process ended in the middle of an operation; null while it lives.</summary>
    public CrashKind? Death { get; private set; }

    /// <summary>Whether the process is gone: whatever it still asks of the disk fails.</summary>
    public bool IsDead => Death is not null;

    /// <summary>The operation that was refused in this life; null where none was. A disk that is full counts.</summary>
    public string? Refused { get; private set; }

    /// <summary>Whether something is planned that has not come yet.</summary>
    public bool IsArmed => crashIn > 0 || failIn > 0 || readFailsIn > 0;

    /// <summary>Where the power goes: of the unflushed writes that survive, one in so many is torn.</summary>
    public int TornOneIn { get; private set; } = UsualTears;

    /// <summary>Whether what was refused was room alone.</summary>
    public bool IsOutOfRoom => Refused == Full;

    /// <summary>A life begins on a disk.</summary>
    public void Attach(SimulatedDisk lives)
    {
        disk = lives;
        disk.Fault = Ask;
        disk.ReadFault = AskRead;
        Death = null;
        Refused = null;
    }

    /// <summary>The life is over: the disk lies still until the next one.</summary>
    public void Detach() => (disk.Fault, disk.ReadFault) = (null, null);

    /// <summary>Nothing is planned any more.</summary>
    public void Disarm()
    {
        crashIn = failIn = readFailsIn = 0;
        failing = null;
        disk.CapacityBytes = null;
    }

    /// <summary>Ends the process at the n-th of such operations from now on.</summary>
    public void CrashAfter(int operations, CrashKind kind, Predicate<SimulatedDiskOperation> which, int tornOneIn = UsualTears) =>
        (crashIn, crash, crashing, TornOneIn) = (operations, kind, which, tornOneIn);

    /// <summary>Has the n-th of such operations from now on fail.</summary>
    public void FailAfter(int operations, Predicate<SimulatedDiskOperation> which) => (failIn, failing) = (operations, which);

    /// <summary>Has the n-th read from now on fail.</summary>
    public void FailReadAfter(int reads) => readFailsIn = reads;

    /// <summary>Leaves so many bytes of room.</summary>
    public void LeaveRoom(long bytes) => disk.CapacityBytes = disk.AllocatedBytes + bytes;

    /// <summary>Notes a refusal that the disk made by itself.</summary>
    public void Note(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is IOException io && DiskErrors.IsDiskFull(io) && disk.CapacityBytes is not null)
            {
                Refused ??= Full;
            }
        }
    }

    /// <summary>The refusal was met by somebody whom it does not end.</summary>
    public void Forgive() => Refused = null;

    /// <summary>The process is being ended: nothing that it still does reaches the disk.</summary>
    public void End(CrashKind kind) => Death ??= kind;

    private IOException? Ask(SimulatedDiskOperation operation)
    {
        if (IsDead)
        {
            return Gone();
        }

        if (crashIn > 0 && crashing(operation) && --crashIn == 0)
        {
            Death = crash;
            return Gone();
        }

        if (failIn > 0 && failing!(operation) && --failIn == 0)
        {
            Refused = operation.ToString();
            return new IOException($"{operation}: input/output error", InputOutputError);
        }

        Watcher?.Invoke(operation);
        return null;
    }

    private IOException? AskRead(string path)
    {
        if (IsDead)
        {
            return Gone();
        }

        if (readFailsIn > 0 && --readFailsIn == 0)
        {
            Refused = "read " + path;
            return new IOException($"read {path}: input/output error", InputOutputError);
        }

        return null;
    }

    private static ProcessEndedException Gone() => new();
}
