using Netcd.Engine.Hashing;
using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Engine.Peers;
using Netcd.Engine.Starting;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Network;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Members;

/// <summary>A member of a simulated cluster: its disk, its clocks, and its engine while it lives.</summary>
internal sealed class SimulatedMember(string name, SimulatedCluster cluster, SimulationRandom random) : INodeChanges
{
    private const long NormalDiskLatency = 1_500;

    /// <summary>Short enough that tokens end in a run, by rest and by clocks that jump and run faster; and so long that those are found
    /// that should have been ended for another reason.</summary>
    private static readonly TimeSpan ShortTokenLife = TimeSpan.FromMilliseconds(1_500);
    private static readonly TimeSpan LongTokenLife = TimeSpan.FromMinutes(10);

    private readonly SimulationRandom fates = random.Branch("fates after failed flushes");
    private readonly SimulationRandom tokenLives = random.Branch("lives of tokens");
    private readonly SimulationRandom seeds = random.Branch("seeds of hash tables");
    private readonly List<Action> onResumed = [];
    private readonly List<Action> onGone = [];
    private SimulatedDisk disk = new(keepLog: false);
    private StageScheduler? stages;

    public string Name => name;

    public string PeerUrl => "http://" + name + ":2380";

    /// <summary>Its id; known before its first start, as it is made from its URL or given by the cluster.</summary>
    public ulong Id { get; set; }

    /// <summary>Its engine; null while it is down.</summary>
    public EtcdNode? Node { get; private set; }

    /// <summary>The tokens that it knows; null while it is down.</summary>
    public SimulatedTokens? Tokens { get; private set; }

    /// <summary>The network as this life sees it.</summary>
    public MemberPort? Port { get; private set; }

    /// <summary>Counts starts and ends: what began in one life must not reach into another.</summary>
    public int Life { get; private set; }

    public MemberClock Clock { get; } = new(cluster.Time);

    public SimulatedDisk Disk => disk;

    public MemberDiskFaults DiskFaults { get; } = new();

    /// <summary>Longest that a step of a stage takes that writes.</summary>
    public long DiskLatencyMicroseconds { get; set; } = NormalDiskLatency;

    /// <summary>Until when the disk does nothing.</summary>
    public long DiskStalledUntil { get; set; }

    /// <summary>What a unit of the apply stage's work takes of the thread that it shares.</summary>
    public long MicrosecondsPerUnit { get; set; }

    /// <summary>Until when that thread is busy.</summary>
    public long EngineBusyUntil { get; set; }

    /// <summary>Whether other stages go on while one flushes what it has taken before.</summary>
    public bool DoFlushesTakeTime => cluster.Profile.DoFlushesTakeTime;

    public bool IsPaused { get; private set; }

    /// <summary>Whether it joined a cluster that was running.</summary>
    public bool IsJoiner { get; init; }

    /// <summary>Whether it has applied that it was removed, or its operator has removed it: it does not start again.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Whether its data is lost for good: another member has to take its place.</summary>
    public bool IsDestroyed { get; set; }

    /// <summary>Whether a byte of its files was damaged: it may refuse to start.</summary>
    public bool IsDamaged { get; set; }

    public bool IsUp => Node is not null;

    /// <summary>Up, and neither standing still nor about to be removed.</summary>
    public bool IsServing => IsUp && !IsPaused && !IsRemoved;

    /// <summary>A secret for the hash tables of an engine: members have different ones, so what depends on one shows.</summary>
    public HashSeed NextSeed() => HashSeed.Draw(seeds.Below);

    /// <summary>Starts the process; false where it did not come up.</summary>
    /// <param name="isForced">Whether it is to go on alone, as a cluster of itself.</param>
    public bool Start(bool isForced = false)
    {
        Life++;
        DiskFaults.Attach(disk);
        NodeOptions options = cluster.Profile.OptionsOf(this, cluster) with { ForceNewCluster = isForced };
        SimulatedTokens tokens = new(
            name,
            tokenLives.Percent(50) ? ShortTokenLife : LongTokenLife,
            new MemberTimeProvider(cluster.Time, this),
            () => Node!.Auth);
        NodeEnvironment environment = new(random.Below, NextSeed(), cluster.LoggerOf(this)) { AuthEvents = tokens };
        EtcdNode node;
        try
        {
            node = EtcdNode.Open(options, disk, environment);
        }
        catch (Exception failure)
        {
            OnStartFailed(failure);
            return false;
        }

        Node = node;
        Tokens = tokens;
        Port = cluster.Network.PortOf(this);
        node.Peers.Attach(Port, this);
        node.Peers.Refused.Observer = (message, reception, fault) => cluster.Checkers.Receptions.Received(this, message, reception, fault);
        stages = new StageScheduler(cluster.Time, random, this, node.Stages);
        cluster.Trace.Line(name, $"is up, life {Life}");
        cluster.Checkers.Started(this);
        stages.WakeAll();
        return true;
    }

    /// <summary>Stops in order: what was asked is finished or refused, and the files are closed.</summary>
    public void StopCleanly()
    {
        if (Node is not { } node)
        {
            return;
        }

        node.BeginStop();
        node.FailPending();
        Leave();
        try
        {
            node.Dispose();
        }
        catch (Exception failure) when (DiskFaults.Refused is not null || DiskFaults.IsDead)
        {
            cluster.Trace.Line(name, $"could not close: {failure.Message}");
        }

        disk.EndProcess();
        DiskFaults.Detach();
        if (DiskFaults.Death == CrashKind.Power)
        {
            disk = disk.Crash(NextCrash());
        }
    }

    /// <summary>Ends the process at once, or the machine.</summary>
    public void Crash(CrashKind kind)
    {
        EtcdNode? node = Node;
        SimulatedDisk? image = kind == CrashKind.Power ? disk.Crash(NextCrash()) : null;
        DiskFaults.End(kind);
        Leave();
        try
        {
            node?.Dispose();
        }
        catch (Exception failure) when (failure is not ViolationException)
        {
            // The process is gone: it closes nothing. This only gives back what the simulation holds for it.
        }

        disk.EndProcess();
        DiskFaults.Detach();
        disk = image ?? disk;
        cluster.Trace.Mix(Id, (ulong)kind, (ulong)Life);
        cluster.Trace.Line(name, $"is down ({kind})");
    }

    private SimulatedDiskCrash NextCrash() => new() { Seed = random.Next(), TornOneIn = DiskFaults.TornOneIn };

    /// <summary>All that was on its disk is gone.</summary>
    public void Wipe()
    {
        Crash(CrashKind.Power);
        disk = new SimulatedDisk(keepLog: false);
    }

    /// <summary>The process stands still until <see cref="Resume"/>.</summary>
    public void Pause() => IsPaused = true;

    /// <summary>It goes on as if no time had passed.</summary>
    public void Resume()
    {
        if (IsPaused)
        {
            IsPaused = false;
            RunAll(onResumed);
        }
    }

    /// <summary>Has something done when it goes on; not at all where this life ends first.</summary>
    public void WhenResumed(Action action) => onResumed.Add(action);

    /// <summary>Has something done when this life ends.</summary>
    public void WhenGone(Action action) => onGone.Add(action);

    /// <summary>Lets the machine's clock jump forward.</summary>
    public void JumpClock(long milliseconds)
    {
        Clock.Jump(milliseconds);
        stages?.WakeAll();
    }

    /// <summary>Lets the machine's clock run at another rate.</summary>
    public void SetClockRate(double rate)
    {
        Clock.SetRate(rate);
        stages?.WakeAll();
    }

    /// <summary>The disk is as fast as it was.</summary>
    public void RestoreDiskSpeed() => (DiskLatencyMicroseconds, DiskStalledUntil) = (NormalDiskLatency, 0);

    /// <summary>The processor is as fast as it was.</summary>
    public void RestoreProcessorSpeed() => MicrosecondsPerUnit = 0;

    /// <summary>Does something to the engine if it is still in that life.</summary>
    public void WhileIn(int life, Action<EtcdNode> action)
    {
        if (Life == life && Node is { } node)
        {
            action(node);
        }
    }

    /// <summary>A step of one of its stages; false where it ended the process.</summary>
    public bool Step(string stage, Action step)
    {
        int life = Life;
        cluster.Trace.Mix(Id, (ulong)stage[0], (ulong)life);
        if (!Guarded(stage, step))
        {
            return false;
        }

        if (DiskFaults.Refused is { } refused)
        {
            throw new ViolationException("disk faults", $"{name} goes on after an operation of its {stage} stage failed: {refused}");
        }

        cluster.Checkers.Stepped(this, stage);
        cluster.Images.Stepped(this, stage);
        return Life == life;
    }

    /// <summary>Does something that another thread of the process does, outside of the stages.</summary>
    public void Run(string what, Action<EtcdNode> action)
    {
        if (Node is { } node)
        {
            Guarded(what, () => action(node));
        }
    }

    void INodeChanges.OnLeader(MemberId leaderId, ulong term) =>
        cluster.Trace.Line(name, $"sees leader {(leaderId == 0 ? "none" : cluster.NameOf(leaderId))} at term {term}");

    void INodeChanges.OnRemoved()
    {
        IsRemoved = true;
        cluster.Trace.Line(name, $"learns that it was removed");
    }

    private bool Guarded(string what, Action action)
    {
        bool hasEnded = false;
        try
        {
            action();
        }
        catch (Exception failure) when (failure is not ViolationException)
        {
            DiskFaults.Note(failure);
            if (!DiskFaults.IsDead && DiskFaults.Refused is null)
            {
                throw new ViolationException("engine", $"{name} crashed in its {what}: {failure.Message}", failure);
            }

            cluster.Trace.Line(name, $"ends in its {what}: {failure.Message}");
            hasEnded = true;
        }

        if (!hasEnded && !DiskFaults.IsDead)
        {
            return true;
        }

        // The next life may find in the system's memory what will never be on the disk, or the machine goes too.
        Crash(DiskFaults.Death ?? (DiskFaults.IsOutOfRoom || fates.Percent(50) ? CrashKind.Process : CrashKind.Power));
        cluster.WentDown(this);
        return false;
    }

    private void OnStartFailed(Exception failure)
    {
        DiskFaults.Note(failure);
        cluster.Trace.Line(name, $"does not start: {failure.Message}");
        if (DiskFaults.IsDead || DiskFaults.Refused is not null)
        {
            Crash(DiskFaults.Death ?? CrashKind.Process);
        }
        else if (IsDamaged && failure is NodeStartException)
        {
            Crash(CrashKind.Process);
            IsDestroyed = true;
        }
        else if (failure is NodeStartException && failure.Message.Contains("permanently removed", StringComparison.Ordinal))
        {
            Crash(CrashKind.Process);
            IsRemoved = true;
        }
        else
        {
            throw new ViolationException("start", $"{name} does not start: {failure.Message}", failure);
        }

        cluster.WentDown(this);
    }

    private void Leave()
    {
        Life++;
        Node = null;
        Tokens?.Dispose();
        Tokens = null;
        Port = null;
        stages = null;
        EngineBusyUntil = 0;
        IsPaused = false;
        onResumed.Clear();
        RunAll(onGone);
    }

    private static void RunAll(List<Action> actions)
    {
        Action[] due = [.. actions];
        actions.Clear();
        foreach (Action action in due)
        {
            action();
        }
    }
}
