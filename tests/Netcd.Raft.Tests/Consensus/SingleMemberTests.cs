using System.Text;

namespace Netcd.Raft.Tests;

/// <summary>A cluster of one member through the public API alone, with asynchronous storage writes.</summary>
public class SingleMemberTests
{
    private readonly MemoryLogStorage _log = new();
    private readonly List<string> _applied = [];
    private readonly List<ReadState> _reads = [];
    private RaftNode _node = null!;

    [Fact]
    public void A_member_alone_elects_itself_commits_and_applies()
    {
        Start();
        Assert.Equal(RaftRole.Leader, _node.BasicStatus.SoftState.Role);
        Assert.Equal(StepResult.Ok, _node.Propose(Encoding.UTF8.GetBytes("one")));
        Assert.Equal(StepResult.Ok, _node.Propose([Encoding.UTF8.GetBytes("two"), Encoding.UTF8.GetBytes("three")]));
        Run();
        Assert.Equal(["one", "two", "three"], _applied);
        Assert.Equal(_node.BasicStatus.HardState.Commit, _node.BasicStatus.Applied);
    }

    [Fact]
    public void Nothing_commits_before_the_write_is_reported()
    {
        Start();
        var before = _node.BasicStatus.HardState.Commit;
        _node.Propose(Encoding.UTF8.GetBytes("one"));
        var ready = _node.Ready();
        Assert.Equal(before, _node.BasicStatus.HardState.Commit);
        var append = Assert.Single(ready.Messages);
        Assert.Equal(NodeId.AppendStorage, append.To);
        _log.Append(append.Entries.Span);
        foreach (var response in append.Responses)
            Assert.Equal(StepResult.Ok, _node.Step(response));
        Assert.Equal(before + 1, _node.BasicStatus.HardState.Commit);
    }

    [Fact]
    public void A_read_index_comes_at_once_and_names_the_commit_index()
    {
        Start();
        _node.Propose(Encoding.UTF8.GetBytes("one"));
        Run();
        _node.ReadIndex(new byte[] { 7 });
        Run();
        var read = Assert.Single(_reads);
        Assert.Equal(_node.BasicStatus.HardState.Commit, read.Index);
        Assert.Equal([7], read.Context.ToArray());
    }

    [Fact]
    public void A_restarted_member_goes_on_where_it_was()
    {
        Start();
        _node.Propose(Encoding.UTF8.GetBytes("one"));
        Run();
        var (term, commit) = (_node.BasicStatus.HardState.Term, _node.BasicStatus.HardState.Commit);
        _log.CreateSnapshot(_node.BasicStatus.Applied, new ConfState { Voters = [1] }, default, out _);
        _node = new RaftNode(Config(applied: commit));
        Assert.Equal(term, _node.BasicStatus.HardState.Term);
        Assert.Equal(commit, _node.BasicStatus.HardState.Commit);
        _node.Campaign();
        Run();
        _node.Propose(Encoding.UTF8.GetBytes("two"));
        Run();
        Assert.Equal(["one", "two"], _applied);
        Assert.Equal(term + 1, _node.BasicStatus.HardState.Term);
    }

    private void Start()
    {
        _node = new RaftNode(Config(0));
        _node.Bootstrap(new Peer(1));
        Run();
        _node.Campaign();
        Run();
    }

    private RaftConfig Config(ulong applied) => new()
    {
        Id = 1,
        ElectionTick = 10,
        HeartbeatTick = 1,
        Storage = _log,
        Random = new SeededGenerator(1).Next,
        Applied = applied,
        AsyncStorageWrites = true,
        PreVote = true,
        CheckQuorum = true,
    };

    private void Run()
    {
        while (_node.HasReady)
        {
            var ready = _node.Ready();
            _reads.AddRange(ready.ReadStates);
            foreach (var message in ready.Messages)
                Do(message);
        }
    }

    private void Do(Message message)
    {
        if (message.To == NodeId.AppendStorage)
        {
            if (!message.HardState.IsEmpty)
                _log.SetHardState(message.HardState);
            _log.Append(message.Entries.Span);
        }
        else
        {
            foreach (var entry in message.Entries.Span)
                Apply(entry);
        }

        foreach (var response in message.Responses)
            _node.Step(response);
    }

    private void Apply(Entry entry)
    {
        if (entry.Type == EntryType.ConfChange)
            _node.ApplyConfChange(Wire.RaftWire.DecodeConfChange(entry.Data));
        else if (entry.Data.Length > 0)
            _applied.Add(Encoding.UTF8.GetString(entry.Data.Span));
    }
}
