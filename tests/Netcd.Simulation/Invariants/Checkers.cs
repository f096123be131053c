using Netcd.Raft;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Invariants;

/// <summary>All that is looked at while a simulation runs.</summary>
internal sealed class Checkers
{
    private const long CompareEvery = 100 * VirtualTime.Millisecond;
    private const long SumEvery = 500 * VirtualTime.Millisecond;

    private readonly VirtualTime time;
    private readonly IReadOnlyList<SimulatedMember> members;

    public Checkers(VirtualTime time, IReadOnlyList<SimulatedMember> members)
    {
        this.time = time;
        this.members = members;
        Raft = new RaftSafety(members, Model.Committed);
    }

    /// <summary>Raft.</summary>
    public RaftSafety Raft { get; }

    /// <summary>What members take of the network.</summary>
    public ReceptionJudge Receptions { get; } = new();

    /// <summary>What clients are answered.</summary>
    public ModelOracle Model { get; } = new();

    /// <summary>The stores.</summary>
    public StoreAgreement Stores { get; } = new();

    /// <summary>The files of the backends.</summary>
    public DatabaseLength Databases { get; } = new();

    /// <summary>Begins to look at all members together from time to time.</summary>
    public void Begin()
    {
        time.After(CompareEvery, CompareLogs);
        time.After(SumEvery, SumStores);
    }

    /// <summary>A member has started.</summary>
    public void Started(SimulatedMember member)
    {
        Raft.Started(member);
        CheckFiles(member);
    }

    /// <summary>Looks at the files of a member, page by page and record by record.</summary>
    public void CheckFiles(SimulatedMember member)
    {
        FileChecks.Check(member);
        StoreContents.Check(member, Model.Store);
    }

    /// <summary>A member has done a step.</summary>
    public void Stepped(SimulatedMember member, string stage)
    {
        Raft.Stepped(member);
        Stores.Stepped(member);
        Databases.Stepped(member, stage);
        member.Tokens?.Stepped();
    }

    /// <summary>A member says something to another.</summary>
    public void Sent(SimulatedMember member, Message message) => Raft.Sent(member, message);

    /// <summary>Sums up all stores now.</summary>
    public void Sum()
    {
        foreach (SimulatedMember member in members)
        {
            if (member.IsUp)
            {
                Stores.Sum(member);
            }
        }
    }

    private void CompareLogs()
    {
        for (int i = 0; i < members.Count; i++)
        {
            for (int j = i + 1; j < members.Count; j++)
            {
                if (members[i].IsUp && members[j].IsUp)
                {
                    RaftSafety.CompareLogs(members[i], members[j]);
                }
            }
        }

        time.After(CompareEvery, CompareLogs);
    }

    private void SumStores()
    {
        Sum();
        time.After(SumEvery, SumStores);
    }
}
