using System.Text;
using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Examples;

/// <summary>One member of a replicated list of strings. Stands word for word in the README of Netcd.Raft.</summary>
// README: Replica
internal sealed class Replica
{
    private readonly MemoryLogStorage log = new();
    private readonly RaftNode raft;

    public Replica(ulong id, ulong[] members)
    {
        raft = new RaftNode(new RaftConfig
        {
            Id = id,
            ElectionTick = 10, // stands for election after 10 to 19 ticks without a leader
            HeartbeatTick = 1,
            Storage = log,
            Random = new SeededGenerator(id).Next,
            PreVote = true,
            CheckQuorum = true,
        });
        raft.Bootstrap([.. members.Select(member => new Peer(member))]); // a new cluster; not after a restart
    }

    public List<string> Applied { get; } = [];

    public bool IsLeader => raft.BasicStatus.SoftState.Role == RaftRole.Leader;

    public void Tick() => raft.Tick();

    public bool TryPropose(string command) => raft.Propose(Encoding.UTF8.GetBytes(command)) == StepResult.Ok;

    public void Receive(Message message) => raft.Receive(message, out _);

    // Does all the work that raft has; returns what is to be delivered to the other members.
    public IReadOnlyList<Message> Work()
    {
        List<Message> outgoing = [];
        while (raft.HasReady)
        {
            Ready ready = raft.Ready();

            // 1. Write. With a real disk: flush if ready.MustSync, before anything is sent.
            if (ready.Snapshot is { } snapshot)
            {
                log.ApplySnapshot(snapshot);
            }

            log.Append(ready.Entries.Span);
            if (ready.HardState is { } state)
            {
                log.SetHardState(state);
            }

            // 2. Send. Messages may be lost, doubled and reordered: raft repeats what it needs.
            outgoing.AddRange(ready.Messages);

            // 3. Apply what is committed, in order.
            foreach (Entry entry in ready.CommittedEntries.Span)
            {
                Apply(entry);
            }

            // 4. Tell raft that all of it is done.
            raft.Advance();
        }

        return outgoing;
    }

    private void Apply(Entry entry)
    {
        if (entry.Type == EntryType.ConfChange)
        {
            raft.ApplyConfChange(RaftWire.DecodeConfChange(entry.Data));
        }
        else if (!entry.Data.IsEmpty) // the entry that opens a leader's term is empty
        {
            Applied.Add(Encoding.UTF8.GetString(entry.Data.Span));
        }
    }
}
// README: end
