using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Membership;
using Netcd.Engine.Node;
using Netcd.Engine.Starting;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Network;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Members;

/// <summary>Members with their disks and clocks, the network between them, and what is watched: one thread, one seed.</summary>
internal sealed class SimulatedCluster : IMemberDirectory
{
    private readonly SimulationRandom random;
    private readonly SimulationOptions options;
    private readonly List<SimulatedMember> members = [];
    private readonly Dictionary<ulong, string> names = [];
    private readonly List<Task> procedures = [];
    private int named;

    public SimulatedCluster(SimulationOptions options)
    {
        this.options = options;
        Random = random = new SimulationRandom(options.Seed);
        Profile = new RunProfile(options, RunProfile.RandomOf(options.Seed));
        Trace = new Trace(Time, options.Trace);
        Checkers = new Checkers(Time, members);
        Images = new CrashImages(this, random.Branch("images"));
        Network = new SimulatedNetwork(
            Time, random.Branch("network"), random.Branch("damage"), Trace, this, Checkers.Sent, Checkers.Receptions);
        for (int i = 0; i < Profile.Members; i++)
        {
            members.Add(NewMember(isJoiner: false));
        }

        InitialCluster = members.ToDictionary(static member => member.Name, static member => (IReadOnlyList<string>)[member.PeerUrl]);
        foreach (SimulatedMember member in members)
        {
            member.Id = Member.IdOf([member.PeerUrl], "etcd-cluster");
            names[member.Id] = member.Name;
        }
    }

    public VirtualTime Time { get; } = new();

    public SimulationRandom Random { get; }

    public RunProfile Profile { get; }

    public Trace Trace { get; }

    public Checkers Checkers { get; }

    public CrashImages Images { get; }

    public SimulatedNetwork Network { get; }

    /// <summary>All members that are to be part of the cluster now, up or not.</summary>
    public IReadOnlyList<SimulatedMember> Members => members;

    /// <summary>The cluster that the first members were told of.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> InitialCluster { get; }

    public IEnumerable<SimulatedMember> Serving => members.Where(static member => member.IsServing);

    /// <summary>The leader of the newest term, where it runs.</summary>
    public SimulatedMember? Leader =>
        Serving.Where(static member => member.Node!.IsLeader).MaxBy(static member => member.Node!.Position.Term);

    /// <summary>Whether the simulation goes on to hurt it; else all of it is to come back.</summary>
    public bool IsUnderFaults { get; set; } = true;

    /// <summary>Whether clients begin nothing for the time being.</summary>
    public bool AreClientsHeld { get; set; }

    public SimulatedMember? Find(ulong id) => members.Find(member => member.Id == id);

    public string NameOf(ulong id) => names.TryGetValue(id, out string? name) ? name : id.ToString("x", CultureInfo.InvariantCulture);

    public ILogger LoggerOf(SimulatedMember member) =>
        options.WithEngineLog && Trace.IsOn ? new TraceLogger(Trace, member.Name) : NullLogger.Instance;

    /// <summary>Starts all members.</summary>
    public void Begin()
    {
        Checkers.Begin();
        foreach (SimulatedMember member in members)
        {
            Start(member);
        }
    }

    /// <summary>Begins something that goes on beside the rest; where it fails, so does the simulation.</summary>
    public Task Spawn(Func<Task> procedure)
    {
        Task task = procedure();
        procedures.Add(task);
        return task;
    }

    /// <summary>Runs until a moment, or until something is so.</summary>
    /// <returns>Whether it came to be so.</returns>
    public bool RunUntil(long microseconds, Func<bool>? condition = null)
    {
        while (Time.Now < microseconds)
        {
            if (condition is not null && condition())
            {
                return true;
            }

            if (!Time.RunNext())
            {
                break;
            }

            ThrowIfAnyFailed();
        }

        return condition is not null && condition();
    }

    /// <summary>Starts a member that is down; where it does not come up, it is tried again.</summary>
    public void Start(SimulatedMember member)
    {
        if (member.IsUp || member.IsRemoved || member.IsDestroyed || !members.Contains(member))
        {
            return;
        }

        if (RunProfile.NeedsCluster(member) && RunningClusterFor(member) is null)
        {
            // Nobody is there to ask about the cluster: the process ends, and its service manager tries again.
            StartAfter(member, VirtualTime.Second / 2);
            return;
        }

        if (!member.Start())
        {
            return;
        }

        Spawn(() => new Announcer(this, member).RunAsync());
    }

    /// <summary>A member went down by itself: it is started again after a while, as a service manager would.</summary>
    public void WentDown(SimulatedMember member) => StartAfter(member, random.Exponential(800 * VirtualTime.Millisecond));

    /// <summary>Starts a member later.</summary>
    public void StartAfter(SimulatedMember member, long microseconds) => Time.After(microseconds, () => Start(member));

    /// <summary>Makes a member that is to join; it is started when the cluster has made room for it.</summary>
    public SimulatedMember NewJoiner()
    {
        SimulatedMember joiner = NewMember(isJoiner: true);
        joiner.Id = Member.IdOf([joiner.PeerUrl], Time.Now.ToString(CultureInfo.InvariantCulture));
        names[joiner.Id] = joiner.Name;
        members.Add(joiner);
        return joiner;
    }

    /// <summary>A member is no part of the cluster any more.</summary>
    public void Forget(SimulatedMember member)
    {
        if (member.IsUp)
        {
            member.Crash(CrashKind.Process);
        }

        members.Remove(member);
    }

    /// <summary>What the cluster tells a member that joins.</summary>
    public RunningCluster? RunningClusterFor(SimulatedMember joiner)
    {
        EtcdNode? any = Serving.Select(static member => member.Node!).FirstOrDefault(node => node.Members.Find(joiner.Id) is not null);
        return any is null ? null : new RunningCluster(any.ClusterId, joiner.Id, any.Members.Members);
    }

    private void ThrowIfAnyFailed()
    {
        for (int i = procedures.Count - 1; i >= 0; i--)
        {
            if (procedures[i].IsCompleted)
            {
                procedures[i].GetAwaiter().GetResult();
                procedures.RemoveAt(i);
            }
        }
    }

    private SimulatedMember NewMember(bool isJoiner)
    {
        string name = $"m{++named}";
        SimulatedMember member = new(name, this, random.Branch(name)) { IsJoiner = isJoiner };
        if (Profile.Focus == RunFocus.Starts)
        {
            SimulationRandom first = random.Branch(name + "'s first starts");
            ProcessFaults.EndLives(this, first, member, lives: first.Below(4));
        }

        if (options.WithDiskLog)
        {
            member.DiskFaults.Watcher = operation => Trace.Line(name, $"disk: {operation}");
        }

        return member;
    }
}
