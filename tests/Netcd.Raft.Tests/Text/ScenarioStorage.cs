namespace Netcd.Raft.Tests.Text;

/// <summary>A log in memory that hands out the latest state applied as its snapshot.</summary>
internal sealed class ScenarioStorage(MemoryLogStorage log, List<Snapshot> history) : ILogStorage
{
    public ulong FirstIndex => log.FirstIndex;

    public ulong LastIndex => log.LastIndex;

    /// <summary>The configuration is the one that the state machine applied last.</summary>
    public InitialState InitialState() => log.InitialState() with { ConfState = history[^1].Metadata.ConfState };

    public LogResult Entries(ulong low, ulong high, ulong maxBytes, out ReadOnlyMemory<Entry> entries) =>
        log.Entries(low, high, maxBytes, out entries);

    public LogResult Term(ulong index, out ulong term) => log.Term(index, out term);

    public LogResult Snapshot(out Snapshot snapshot)
    {
        snapshot = history[^1];
        return LogResult.Ok;
    }
}
