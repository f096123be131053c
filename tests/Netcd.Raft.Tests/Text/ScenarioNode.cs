using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Text;

/// <summary>A node of a scenario with its storage, the storage work it has queued, and a state machine that appends all it is given.</summary>
internal sealed class ScenarioNode
{
    public ScenarioNode(RaftConfig config, MemoryLogStorage log, List<Snapshot> history)
    {
        Config = config;
        Log = log;
        History = history;
        Raft = new RaftNode(config);
    }

    public RaftConfig Config { get; }

    public RaftNode Raft { get; }

    public MemoryLogStorage Log { get; }

    /// <summary>The state after each applied entry.</summary>
    public List<Snapshot> History { get; }

    public Queue<Message> AppendWork { get; } = new();

    public Queue<Message> ApplyWork { get; } = new();

    public void Append(HardState state, ReadOnlyMemory<Entry> entries, Snapshot? snapshot)
    {
        if (!state.IsEmpty)
            Log.SetHardState(state);
        if (snapshot is { IsEmpty: false })
            Assert.Equal(LogResult.Ok, Log.ApplySnapshot(snapshot));
        else
            Log.Append(entries.Span);
    }

    public void Apply(ReadOnlyMemory<Entry> entries)
    {
        foreach (var entry in entries.Span)
        {
            var last = History[^1];
            var update = entry.Data;
            var state = last.Metadata.ConfState;
            if (entry.Type == EntryType.ConfChange)
            {
                var change = RaftWire.DecodeConfChange(entry.Data);
                (update, state) = (change.Context, Raft.ApplyConfChange(change));
            }
            else if (entry.Type == EntryType.ConfChangeV2)
            {
                var change = RaftWire.DecodeConfChangeV2(entry.Data);
                (update, state) = (change.Context, Raft.ApplyConfChange(change));
            }

            History.Add(new Snapshot
            {
                Data = (byte[])[.. last.Data.Span, .. update.Span],
                Metadata = new SnapshotMetadata { Index = entry.Index, Term = entry.Term, ConfState = state },
            });
        }
    }
}
