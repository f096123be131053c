using Netcd.Raft.Wire;

namespace Netcd.Raft.Tests.Text;

/// <summary>A node of a scenario with its storage, the storage work it has queued, and a state machine that appends all it is
/// given.</summary>
internal sealed class ScenarioNode
{
    private readonly Func<ulong, RaftConfig> configure;

    /// <param name="configure">Makes the configuration from the last index applied.</param>
    /// <param name="log">The log on disk.</param>
    /// <param name="history">The states of the state machine, the first of which the node starts from.</param>
    public ScenarioNode(Func<ulong, RaftConfig> configure, MemoryLogStorage log, List<Snapshot> history)
    {
        this.configure = configure;
        Log = log;
        History = history;
        Config = configure(history[^1].Metadata.Index);
        Raft = new RaftNode(Config);
    }

    public RaftConfig Config { get; private set; }

    public RaftNode Raft { get; private set; }

    public MemoryLogStorage Log { get; }

    /// <summary>The state after each applied entry.</summary>
    public List<Snapshot> History { get; }

    public Queue<Message> AppendWork { get; } = new();

    public Queue<Message> ApplyWork { get; } = new();

    /// <summary>Starts anew from what was written and applied; storage work still queued is lost.</summary>
    public void Restart()
    {
        AppendWork.Clear();
        ApplyWork.Clear();
        Config = configure(History[^1].Metadata.Index);
        Raft = new RaftNode(Config);
    }

    public void Append(HardState state, ReadOnlyMemory<Entry> entries, Snapshot? snapshot)
    {
        if (!state.IsEmpty)
        {
            Log.SetHardState(state);
        }

        if (snapshot is { IsEmpty: false })
        {
            Assert.Equal(LogResult.Ok, Log.ApplySnapshot(snapshot));
            History.Add(snapshot);
        }

        Log.Append(entries.Span);
    }

    public void Apply(ReadOnlyMemory<Entry> entries)
    {
        foreach (Entry entry in entries.Span)
        {
            Snapshot last = History[^1];
            ReadOnlyMemory<byte> update = entry.Data;
            ConfState state = last.Metadata.ConfState;
            if (entry.Type == EntryType.ConfChange)
            {
                ConfChange change = RaftWire.DecodeConfChange(entry.Data);
                (update, state) = (change.Context, Raft.ApplyConfChange(change));
            }
            else if (entry.Type == EntryType.ConfChangeV2)
            {
                ConfChangeV2 change = RaftWire.DecodeConfChangeV2(entry.Data);
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
