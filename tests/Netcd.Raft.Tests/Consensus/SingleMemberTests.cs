using System.Text;
using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Consensus;

/// <summary>A cluster of one member through the public API alone, with asynchronous storage writes.</summary>
public class SingleMemberTests
{
    private readonly MemoryLogStorage log = new();
    private readonly List<string> applied = [];
    private readonly List<ReadState> reads = [];
    private RaftNode node = null!;

    [Fact]
    public void A_member_alone_elects_itself_commits_and_applies()
    {
        Start();
        Assert.Equal(RaftRole.Leader, node.BasicStatus.SoftState.Role);
        Assert.Equal(StepResult.Ok, node.Propose(Encoding.UTF8.GetBytes("one")));
        Assert.Equal(StepResult.Ok, node.Propose([Encoding.UTF8.GetBytes("two"), Encoding.UTF8.GetBytes("three")]));
        Run();
        Assert.Equal(["one", "two", "three"], applied);
        Assert.Equal(node.BasicStatus.HardState.Commit, node.BasicStatus.Applied);
    }

    [Fact]
    public void Nothing_commits_before_the_write_is_reported()
    {
        Start();
        ulong before = node.BasicStatus.HardState.Commit;
        node.Propose(Encoding.UTF8.GetBytes("one"));
        Ready ready = node.Ready();
        Assert.Equal(before, node.BasicStatus.HardState.Commit);
        Message append = Assert.Single(ready.Messages);
        Assert.Equal(NodeId.AppendStorage, append.To);
        log.Append(append.Entries.Span);
        foreach (Message response in append.Responses)
        {
            Assert.Equal(StepResult.Ok, node.Step(response));
        }

        Assert.Equal(before + 1, node.BasicStatus.HardState.Commit);
    }

    [Fact]
    public void A_read_index_comes_at_once_and_names_the_commit_index()
    {
        Start();
        node.Propose(Encoding.UTF8.GetBytes("one"));
        Run();
        node.ReadIndex(new byte[] { 7 });
        Run();
        ReadState read = Assert.Single(reads);
        Assert.Equal(node.BasicStatus.HardState.Commit, read.Index);
        Assert.Equal([7], read.Context.ToArray());
    }

    [Fact]
    public void A_restarted_member_goes_on_where_it_was()
    {
        Start();
        node.Propose(Encoding.UTF8.GetBytes("one"));
        Run();
        (ulong term, ulong commit) = (node.BasicStatus.HardState.Term, node.BasicStatus.HardState.Commit);
        log.CreateSnapshot(node.BasicStatus.Applied, new ConfState { Voters = [1] }, default, out _);
        node = new RaftNode(Config(applied: commit));
        Assert.Equal(term, node.BasicStatus.HardState.Term);
        Assert.Equal(commit, node.BasicStatus.HardState.Commit);
        node.Campaign();
        Run();
        node.Propose(Encoding.UTF8.GetBytes("two"));
        Run();
        Assert.Equal(["one", "two"], applied);
        Assert.Equal(term + 1, node.BasicStatus.HardState.Term);
    }

    private void Start()
    {
        node = new RaftNode(Config(0));
        node.Bootstrap(new Peer(1));
        Run();
        node.Campaign();
        Run();
    }

    private RaftConfig Config(ulong applied) => new()
    {
        Id = 1,
        ElectionTick = 10,
        HeartbeatTick = 1,
        Storage = log,
        Random = new SeededGenerator(1).Next,
        Applied = applied,
        AsyncStorageWrites = true,
        PreVote = true,
        CheckQuorum = true,
    };

    private void Run()
    {
        while (node.HasReady)
        {
            Ready ready = node.Ready();
            reads.AddRange(ready.ReadStates);
            foreach (Message message in ready.Messages)
            {
                Do(message);
            }
        }
    }

    private void Do(Message message)
    {
        if (message.To == NodeId.AppendStorage)
        {
            if (!message.HardState.IsEmpty)
            {
                log.SetHardState(message.HardState);
            }

            log.Append(message.Entries.Span);
        }
        else
        {
            foreach (Entry entry in message.Entries.Span)
            {
                Apply(entry);
            }
        }

        foreach (Message response in message.Responses)
        {
            node.Step(response);
        }
    }

    private void Apply(Entry entry)
    {
        if (entry.Type == EntryType.ConfChange)
        {
            node.ApplyConfChange(RaftWire.DecodeConfChange(entry.Data));
        }
        else if (entry.Data.Length > 0)
        {
            applied.Add(Encoding.UTF8.GetString(entry.Data.Span));
        }
    }
}
