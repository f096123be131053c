using System.Globalization;
using Netcd.Engine.Starting;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;
using Netcd.Storage.Wal;

namespace Netcd.Simulation.Runs;

/// <summary>
/// What kind of run a seed is: limits small enough that their edges are met, and which faults may come. Not every kind in
/// every run: faults hide each other (swarm testing).
/// </summary>
internal sealed class RunProfile
{
    private const string DataDirectory = "/data";
    private const int TypicalEntryBytes = 400;

    public RunProfile(SimulationOptions options, SimulationRandom random)
    {
        Members = random.Pick([1, 3, 3, 3, 3, 3, 5, 5]);
        Clients = (int)random.Between(3, 8);
        ThinkMicroseconds = random.Pick([5L, 20L, 60L, 150L]) * VirtualTime.Millisecond;
        Keys = random.Pick([2, 4, 8, 16]);
        FaultPauseMicroseconds = random.Pick([300L, 800L, 1_500L, 3_000L]) * VirtualTime.Millisecond;
        snapshotCount = (ulong)random.Pick([15, 40, 120, 600]);
        catchUp = (ulong)random.Pick([2, 10, 50]);
        backendBatch = random.Pick([3, 25, 200]);
        backendInterval = random.Pick([20, 100, 400]);
        compactionBatch = random.Pick([2, 4, 50]);
        walSegmentBytes = random.Pick([4, 8, 32, 128]) * 1024;
        maxWals = random.Pick([1, 2, 5]);
        preVote = !random.Percent(10);
        long laggingFollowerEntries = random.Branch("lagging followers").Pick([5L, 50L, 5_000L]);
        laggingFollowerBytes = (options.LaggingFollowerEntries ?? laggingFollowerEntries) * TypicalEntryBytes;
        SimulationRandom watches = random.Branch("watches");
        Watchers = watches.Pick([1, 2, 4]);
        watchQueueBytes = watches.Pick([1L, 300L, 2_000L, 1L << 20]);
        watchProgress = watches.Pick([100L, 500L, 5_000L]);
        // What came later draws of its own, and leaves half of the seeds the runs that they were.
        AreCommitsCut = random.Branch("commits that are cut").Percent(50);
        AreLeadersDeafened = random.Branch("deaf leaders").Percent(50);
        AreLeasesLong = random.Branch("long leases").Percent(50) && options.Script is null;
        SimulationRandom pieces = random.Branch("entries in pieces");
        ApplyWorkPerStep = options.Focus == RunFocus.SlowApplies || pieces.Percent(50)
            ? pieces.Pick([2, 5])
            : Engine.Limits.ApplyWorkPerStep;
        FaultKind[] all = Enum.GetValues<FaultKind>();
        int share = random.Pick([15, 30, 60, 100]);
        // Seeds stay the runs that they were before the last kinds came; forged messages come to half of them.
        FaultKind[] usual =
            [.. all.Where(static kind => kind is not (
                FaultKind.CrashAtStart or FaultKind.SlowApply or FaultKind.ForgedMessages or FaultKind.Defragmentation))];
        List<FaultKind> drawn = [.. usual.Where(_ => random.Percent(share))];
        if (AreEntriesInPieces && pieces.Percent(share))
        {
            drawn.Add(FaultKind.SlowApply);
        }

        if (random.Branch("forged messages").Percent(50))
        {
            drawn.Add(FaultKind.ForgedMessages);
        }

        if (random.Branch("defragmentation").Percent(50))
        {
            drawn.Add(FaultKind.Defragmentation);
        }

        Faults = drawn.Count == 0 ? [random.Pick(usual)] : drawn;
        Focus = options.Focus
            ?? (random.Percent(50) ? RunFocus.Anything : random.Pick([RunFocus.StaleLeaders, RunFocus.LostTails, RunFocus.LogFiles]));
        switch (Focus)
        {
            case RunFocus.StaleLeaders:
                Members = Math.Max(Members, 3);
                Readers = Members;
                ThinkMicroseconds = Math.Min(ThinkMicroseconds, 20 * VirtualTime.Millisecond);
                PatienceMilliseconds = [100, 400, 2_000];
                FocusFaults = [FaultKind.LeaderCutOff];
                break;
            case RunFocus.LostTails:
                Members = Math.Max(Members, 3);
                Clients += 8;
                ThinkMicroseconds = Math.Min(ThinkMicroseconds, 60 * VirtualTime.Millisecond);
                PatienceMilliseconds = [50, 200];
                DoFlushesTakeTime = DrawsImages = true;
                FocusFaults = [FaultKind.LeaderCutOff, FaultKind.LeaderCutOff, FaultKind.LeaderCutOff,
                    FaultKind.SlowDisk, FaultKind.PowerLoss, FaultKind.ProcessKill];
                break;
            case RunFocus.LogFiles:
                (snapshotCount, walSegmentBytes, maxWals) = (15, 4 * 1024, 1);
                LargeValuesPercent = 30;
                FocusFaults = [FaultKind.TornLog, FaultKind.TornLog, FaultKind.PowerLoss, FaultKind.ProcessKill, FaultKind.CleanRestart];
                break;
            case RunFocus.Starts:
                (snapshotCount, catchUp, walSegmentBytes, maxWals, maxSnapshots) = (15, 2, 4 * 1024, 1, 1);
                ThinkMicroseconds = Math.Min(ThinkMicroseconds, 20 * VirtualTime.Millisecond);
                FaultPauseMicroseconds = Math.Min(FaultPauseMicroseconds, 800 * VirtualTime.Millisecond);
                LargeValuesPercent = 20;
                FocusFaults = [
                    FaultKind.CrashAtStart, FaultKind.CrashAtStart, FaultKind.CrashAtStart,
                    FaultKind.PowerLossAtWrite, FaultKind.ProcessKillAtWrite,
                    FaultKind.TornLog, FaultKind.PowerLossOfAll, FaultKind.LeaderCutOff, FaultKind.Compaction];
                break;
            case RunFocus.Defragmentation:
                Keys = Math.Max(Keys, 8);
                LargeValuesPercent = 15;
                ThinkMicroseconds = Math.Min(ThinkMicroseconds, 20 * VirtualTime.Millisecond);
                FaultPauseMicroseconds = Math.Min(FaultPauseMicroseconds, 800 * VirtualTime.Millisecond);
                FocusFaults = [
                    FaultKind.Defragmentation, FaultKind.Defragmentation, FaultKind.Defragmentation, FaultKind.Compaction,
                    FaultKind.Compaction, FaultKind.PowerLossAtWrite, FaultKind.ProcessKillAtWrite, FaultKind.SnapshotCut];
                break;
            case RunFocus.SlowApplies:
                Members = Math.Max(Members, 3);
                (Keys, drawn) = (64, [FaultKind.SlowApply]);
                Faults = drawn;
                FocusFaults = [FaultKind.SlowApply];
                PatienceMilliseconds = [1_000, 3_000];
                break;
        }

        FaultPauseMicroseconds = IsFocused ? Math.Min(FaultPauseMicroseconds, 1_500 * VirtualTime.Millisecond) : FaultPauseMicroseconds;
        Members = options.Members ?? Members;
        Clients = options.Clients ?? Clients;
        Faults = options.Faults is { } given ? [.. all.Where(given.Contains)] : Faults;
        DoClocksGoAlike = options.LeaseOwners > 0 && !Faults.Contains(FaultKind.ClockJump) && !Faults.Contains(FaultKind.ClockDrift);
    }

    /// <summary>The chance that decides a seed's profile.</summary>
    public static SimulationRandom RandomOf(ulong seed) => new SimulationRandom(seed).Branch("profile");

    public int Members { get; }

    public int Clients { get; }

    public int Keys { get; }

    /// <summary>Clients that watch.</summary>
    public int Watchers { get; }

    /// <summary>A client's mean pause between two operations.</summary>
    public long ThinkMicroseconds { get; }

    /// <summary>The mean pause between two faults.</summary>
    public long FaultPauseMicroseconds { get; }

    /// <summary>The kinds of faults to choose from, in their order.</summary>
    public IReadOnlyList<FaultKind> Faults { get; }

    /// <summary>Whether all clocks go as the simulation's does, that of a leader that is cut off too: leases are held to their time
    /// then.</summary>
    public bool DoClocksGoAlike { get; }

    /// <summary>What the run is bent on.</summary>
    public RunFocus Focus { get; }

    /// <summary>The faults that bring that about: every second one that comes is one of them.</summary>
    public IReadOnlyList<FaultKind> FocusFaults { get; } = [];

    /// <summary>Whether there are any.</summary>
    public bool IsFocused => FocusFaults.Count > 0;

    /// <summary>Clients that read alone, each from one and the same member.</summary>
    public int Readers { get; }

    /// <summary>Whether power that is to go at a write may go at a flush of the backend's file, where its transactions are
    /// committed.</summary>
    public bool AreCommitsCut { get; }

    /// <summary>Whether leaders that are cut off may go on being heard.</summary>
    public bool AreLeadersDeafened { get; }

    /// <summary>
    /// Whether leases are long and seldom noted in the log, and their owners renew them after a while or at the last moment: the first
    /// that is noted is late then, while a renewal comes, and the next leader has little time left by it.
    /// </summary>
    public bool AreLeasesLong { get; }

    /// <summary>How long clients wait for an answer.</summary>
    public IReadOnlyList<long> PatienceMilliseconds { get; } = [400, 2_000, 7_500];

    /// <summary>Whether it is looked at what a loss of power would leave where a tail of the log was replaced.</summary>
    public bool DrawsImages { get; }

    /// <summary>
    /// Whether stages go on while another one's flush is under way. Else a step that flushes does all at once, with what has
    /// come in until then.
    /// </summary>
    public bool DoFlushesTakeTime { get; }

    /// <summary>What the apply stage does in a step, in keys.</summary>
    public int ApplyWorkPerStep { get; }

    /// <summary>Whether that is so little that entries are applied in pieces; clients then ask for what takes several.</summary>
    public bool AreEntriesInPieces => ApplyWorkPerStep != Engine.Limits.ApplyWorkPerStep;

    /// <summary>Whether nothing goes wrong but that entries take long: then no leader may be lost, and all waits have to end in
    /// time.</summary>
    public bool IsOnlySlow => Focus == RunFocus.SlowApplies && Faults is [FaultKind.SlowApply];

    /// <summary>Of a hundred values, so many fill several sectors of the disk.</summary>
    public int LargeValuesPercent { get; } = 5;

    private readonly ulong snapshotCount;
    private readonly ulong catchUp;
    private readonly long laggingFollowerBytes;
    private readonly int backendBatch;
    private readonly int backendInterval;
    private readonly int compactionBatch;
    private readonly int walSegmentBytes;
    private readonly int maxWals;
    private readonly int maxSnapshots = 2;
    private readonly bool preVote;
    private readonly long watchQueueBytes;
    private readonly long watchProgress;

    /// <summary>The directory of the log, as members have it.</summary>
    public static string WalDirectory => DataDirectory + "/member/wal";

    /// <summary>The file of the backend, as members have it.</summary>
    public static string DatabasePath => DataDirectory + "/member/snap/db";

    /// <summary>Whether a member has to ask a running cluster who it is.</summary>
    public static bool NeedsCluster(SimulatedMember member) => member.IsJoiner && !WriteAheadLog.Exists(member.Disk, WalDirectory);

    /// <summary>What a member is started with.</summary>
    public NodeOptions OptionsOf(SimulatedMember member, SimulatedCluster cluster) => new()
    {
        Name = member.Name,
        DataDirectory = DataDirectory,
        InitialCluster = cluster.InitialCluster,
        AdvertiseClientUrls = ["http://" + member.Name + ":2379"],
        SnapshotCount = snapshotCount,
        SnapshotCatchUpEntries = catchUp,
        // Large values reach these first.
        SnapshotLogBytes = (long)snapshotCount * TypicalEntryBytes,
        SnapshotCatchUpBytes = (long)catchUp * TypicalEntryBytes,
        LaggingFollowerBytes = laggingFollowerBytes,
        BackendBatchLimit = backendBatch,
        BackendBatchIntervalMilliseconds = backendInterval,
        CompactionBatchLimit = compactionBatch,
        ApplyWorkPerStep = ApplyWorkPerStep,
        CompactionSleepMilliseconds = 5,
        WalSegmentBytes = walSegmentBytes,
        MaxWals = maxWals,
        MaxSnapshots = maxSnapshots,
        PreVote = preVote,
        LeaseCheckpoints = true,
        LeaseCheckpointMilliseconds = AreLeasesLong ? 6_000 : 1_500,
        WatchQueueBytes = watchQueueBytes,
        WatchProgressMilliseconds = watchProgress,
        IsNewCluster = !member.IsJoiner,
        Running = NeedsCluster(member) ? cluster.RunningClusterFor(member) : null,
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Focus}: {Members} members, {Clients} clients (a pause of {ThinkMicroseconds / 1000} ms, {Keys} keys), a fault each "
            + $"{FaultPauseMicroseconds / 1000} ms, snapshot each {snapshotCount} entries (catch up {catchUp}), backend batch "
            + $"{backendBatch}/{backendInterval} ms, compaction batch {compactionBatch}, segments of {walSegmentBytes} bytes, pre-vote "
            + $"{preVote}; faults: {string.Join(", ", Faults)}");
}
