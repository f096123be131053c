using Netcd.Simulation.Faults;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in what members take of the network.</summary>
internal static class PlantedReceptionBugs
{
    private const string Screen = "src/Netcd.Raft/Consensus/MessageScreen.cs";
    private const string Senders = "src/Netcd.Engine/Peers/KnownSenders.cs";

    private static readonly FaultKind[] Forgeries =
        [FaultKind.ForgedMessages, FaultKind.ForgedMessages, FaultKind.PowerLoss,
            FaultKind.ProcessKill, FaultKind.TwoWayPartition, FaultKind.LeaderTransfer];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        new("a stranger's message is taken", Senders, "if (IsKnown(message.From))",
            "if (message.From != NodeId.None)", 5) { Faults = Forgeries },
        new("a message without a term is taken", Screen, "if (isBoundToTerm == (message.Term == 0))",
            "if (!isBoundToTerm && message.Term != 0)", 5) { Faults = Forgeries },
        new("a term out of all proportion is taken", Screen, "message.Term - core.Term > FurthestTerm",
            "message.Term - core.Term > Highest", 5) { Faults = Forgeries },
        new("the last term of all is taken", Screen, "if (highest > Highest)",
            "if (highest > Highest && message.From == NodeId.None)", 5) { Faults = Forgeries },
        new("a heartbeat commits beyond the log", Screen, "MessageType.Heartbeat when message.Commit > core.Log.LastIndex",
            "MessageType.Heartbeat when message.Commit < message.Index", 5)
            { Members = 3, Faults = Forgeries },
        new("more is acknowledged than was sent", Screen, "!message.Reject && message.Index > core.Log.LastIndex",
            "!message.Reject && message.Index < message.Commit", 10)
            { Members = 3, Faults = Forgeries },
        new("a proposal that nobody can read is taken", "src/Netcd.Engine/Node/NodePeers.cs",
            "message.Type == MessageType.Propose ? EntrySense.Fault(message.Entries.Span) : null",
            "message.To == NodeId.None ? \"\" : null", 10)
            { Members = 3, Faults = Forgeries },
    ];
}
