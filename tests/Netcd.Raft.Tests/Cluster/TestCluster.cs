using System.Text;
using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Cluster;

/// <summary>Members and the messages between them. Each message crosses the wire encoding on its way.</summary>
internal sealed class TestCluster
{
    private const int MostRounds = 10_000;
    private readonly SortedDictionary<ulong, Member> members = [];

    public TestCluster(int members, MemberOptions? options = null, int seed = 1, int outsiders = 0)
    {
        options ??= new MemberOptions();
        Peer[] peers = Enumerable.Range(1, members).Select(id => new Peer((ulong)id)).ToArray();
        for (ulong id = 1UL; id <= (ulong)(members + outsiders); id++)
        {
            Member member = new(id, options, new SeededGenerator((ulong)seed * 1000 + id).Next);
            this.members.Add(id, member);
            if (id <= (ulong)members)
            {
                member.Raft.Bootstrap(peers);
            }
        }

        Settle();
    }

    public IEnumerable<Member> Members => members.Values;

    public Member this[ulong id] => members[id];

    /// <summary>Messages on their way.</summary>
    public List<Message> InFlight { get; } = [];

    /// <summary>All messages ever sent, for a look back.</summary>
    public List<Message> Sent { get; } = [];

    /// <summary>Which messages never arrive.</summary>
    public Func<Message, bool> Loses { get; set; } = _ => false;

    public Member? Leader => Members.Where(member => member.IsLeader).MaxBy(member => member.Term);

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Cuts the links between the given members and all others.</summary>
    public void Isolate(params ulong[] ids) => Loses = message => ids.Contains(message.From) != ids.Contains(message.To);

    public void Heal() => Loses = _ => false;

    public void Elect(ulong id)
    {
        this[id].Raft.Campaign();
        Settle();
        Assert.True(this[id].IsLeader, $"{id} leads");
    }

    public void Propose(ulong id, string text)
    {
        Assert.Equal(StepResult.Ok, this[id].Raft.Propose(Bytes(text)));
        Settle();
    }

    public void Change(ulong id, ConfChangeTransition transition, params ConfChangeSingle[] changes)
    {
        Assert.Equal(StepResult.Ok, this[id].Raft.ProposeConfChange(new ConfChangeV2 { Transition = transition, Changes = changes }));
        Settle();
    }

    public void Tick(ulong id, int ticks = 1)
    {
        for (int i = 0; i < ticks; i++)
        {
            this[id].Raft.Tick();
            Settle();
        }
    }

    public void TickAll(int ticks)
    {
        for (int i = 0; i < ticks; i++)
        {
            foreach (Member member in Members.Where(member => member.IsUp))
            {
                member.Raft.Tick();
            }

            Settle();
        }
    }

    /// <summary>Does all storage work and delivers all messages until nothing is left to do.</summary>
    public void Settle()
    {
        for (int round = 0; round < MostRounds; round++)
        {
            if (!Work() & !Deliver())
            {
                return;
            }
        }

        Assert.Fail("the cluster comes to rest; it goes on with\n" + string.Join('\n', Sent.TakeLast(12).Select(Text.Describe.Message)));
    }

    /// <summary>Does the work of one member, storage included; what it sends goes on its way.</summary>
    public bool Work(Member member)
    {
        bool worked = false;
        while (member.IsUp && (member.Raft.HasReady || member.AppendWork.Count > 0 || member.ApplyWork.Count > 0))
        {
            worked = true;
            if (member.Raft.HasReady)
            {
                Send(member.TakeReady());
            }

            if (member.AppendWork.Count > 0)
            {
                Send(member.DoAppend());
            }

            if (member.ApplyWork.Count > 0)
            {
                Send(member.DoApply());
            }
        }

        return worked;
    }

    public void Send(IEnumerable<Message> messages)
    {
        foreach (Message message in messages)
        {
            Sent.Add(message);
            InFlight.Add(message);
        }
    }

    /// <summary>Hands a message over as the wire would.</summary>
    public void Deliver(Message message)
    {
        if (members.TryGetValue(message.To, out Member? member) && member.IsUp)
        {
            member.Raft.Step(RaftWire.DecodeMessage(RaftWire.Encode(message)));
        }

        if (message.Type == MessageType.Snapshot && members[message.From].IsUp)
        {
            members[message.From].Raft.ReportSnapshot(
                message.To, member is { IsUp: true } ? SnapshotOutcome.Finished : SnapshotOutcome.Failed);
        }
    }

    /// <summary>Where everybody stands, for the message of a failure.</summary>
    public string Summary() => string.Join('\n', Members.Select(member =>
        $"{member.Id}: {member.Raft.BasicStatus} {member.ConfState} last={member.LastIndex}\n" +
        string.Join('\n', member.Raft.Status().Progress.Select(entry => $"     {entry.Key}: {Text.Describe.Progress(entry.Value)}"))));

    private bool Work()
    {
        bool worked = false;
        foreach (Member member in Members)
        {
            worked |= Work(member);
        }

        return worked;
    }

    private bool Deliver()
    {
        if (InFlight.Count == 0)
        {
            return false;
        }

        Message[] messages = [.. InFlight];
        InFlight.Clear();
        foreach (Message message in messages)
        {
            if (!Loses(message))
            {
                Deliver(message);
            }
        }

        return true;
    }
}
