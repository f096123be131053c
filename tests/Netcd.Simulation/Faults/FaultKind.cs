namespace Netcd.Simulation.Faults;

/// <summary>What can go wrong in a simulated cluster.</summary>
internal enum FaultKind
{
    /// <summary>Messages are lost.</summary>
    MessageLoss,

    /// <summary>Messages arrive twice.</summary>
    MessageDuplication,

    /// <summary>Messages overtake each other.</summary>
    MessageReordering,

    /// <summary>Messages take long.</summary>
    MessageDelay,

    /// <summary>Nothing passes from one member to another, while the way back is open.</summary>
    OneWayPartition,

    /// <summary>The members are cut into two parts.</summary>
    TwoWayPartition,

    /// <summary>One link between two members is slow.</summary>
    SlowLink,

    /// <summary>A snapshot breaks off in the middle of its stream.</summary>
    SnapshotCut,

    /// <summary>The power of a member's machine goes between two steps.</summary>
    PowerLoss,

    /// <summary>The power goes in the middle of what a member does to its disk.</summary>
    PowerLossAtWrite,

    /// <summary>A member's process is killed; its machine goes on.</summary>
    ProcessKill,

    /// <summary>A member's process is killed in the middle of what it does to its disk.</summary>
    ProcessKillAtWrite,

    /// <summary>A member is stopped in order and started again.</summary>
    CleanRestart,

    /// <summary>The whole cluster loses power at once.</summary>
    PowerLossOfAll,

    /// <summary>A stored byte rots while the member is down.</summary>
    BitFlip,

    /// <summary>A read of the disk fails.</summary>
    ReadError,

    /// <summary>A write or a change of names fails.</summary>
    WriteError,

    /// <summary>A flush fails.</summary>
    FlushError,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>The disk is slow.</summary>
    SlowDisk,

    /// <summary>The disk does nothing for a while.</summary>
    StalledDisk,

    /// <summary>A process stands still for a while and goes on with all that it knew: the zombie.</summary>
    Pause,

    /// <summary>A member's monotonic clock jumps forward.</summary>
    ClockJump,

    /// <summary>A member's clock runs too fast or too slow.</summary>
    ClockDrift,

    /// <summary>A member loses its disk, is removed, and another one takes its place.</summary>
    Wipe,

    /// <summary>Members are added, promoted and removed.</summary>
    MemberChange,

    /// <summary>Leadership is handed over.</summary>
    LeaderTransfer,

    /// <summary>History is compacted.</summary>
    Compaction,

    /// <summary>The backend is made to commit out of turn, as a backup has it do.</summary>
    ForcedCommit,

    /// <summary>
    /// A leader is left alone, or with a minority, and its clock often slow: it goes on to lead in its own eyes while the others
    /// elect another. When it comes back its machine may lose power soon.
    /// </summary>
    LeaderCutOff,

    /// <summary>The power goes in the middle of a write to the log, and the next life too ends at a write to it.</summary>
    TornLog,

    /// <summary>
    /// A member's process ends in the middle of what it does to its disk, and the next lives end at one of their first
    /// operations, most of them while they start. It comes with the focus on starts alone, or where it is asked for.
    /// </summary>
    CrashAtStart,

    /// <summary>The processor is slow: what the apply stage does takes its thread for long. It comes where entries are applied in
    /// pieces.</summary>
    SlowApply,

    /// <summary>
    /// Strangers send members messages with any field of any value, and members' messages and images come damaged so that they cannot be.
    /// </summary>
    ForgedMessages,

    /// <summary>A member is asked to defragment its backend.</summary>
    Defragmentation,
}
