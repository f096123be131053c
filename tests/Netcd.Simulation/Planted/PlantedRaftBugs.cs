using Netcd.Simulation.Faults;
using Netcd.Simulation.Runs;

namespace Netcd.Simulation.Planted;

/// <summary>Bugs in consensus.</summary>
internal static class PlantedRaftBugs
{
    private const string Step = "src/Netcd.Raft/Consensus/RaftCore.Step.cs";
    private const string Log = "src/Netcd.Raft/Log/RaftLog.cs";
    private const string Reads = "src/Netcd.Raft/Roles/Leader.Reads.cs";
    private const string Replication = "src/Netcd.Raft/Roles/Leader.Replication.cs";
    private const string Majority = "src/Netcd.Raft/Quorum/Majority.cs";

    private static readonly FaultKind[] Elections =
        [FaultKind.PowerLoss, FaultKind.ProcessKill, FaultKind.TwoWayPartition,
            FaultKind.OneWayPartition, FaultKind.MessageDelay, FaultKind.Pause, FaultKind.LeaderTransfer];

    private static readonly FaultKind[] Zombies =
        [FaultKind.Pause, FaultKind.TwoWayPartition, FaultKind.OneWayPartition, FaultKind.ClockDrift, FaultKind.LeaderTransfer];

    private static readonly FaultKind[] Messages =
        [FaultKind.MessageDuplication, FaultKind.MessageReordering, FaultKind.MessageDelay,
            FaultKind.MessageLoss, FaultKind.OneWayPartition, FaultKind.TwoWayPartition];

    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        new("votes twice in a term", Step, "bool canVote = Vote == message.From",
            "bool canVote = message.Term == Term || Vote == message.From", 20)
            { Faults = Elections },
        new("forgets whom it has voted for", Step, "Vote = message.From;", "", 20) { Faults = Elections },
        new("votes for a shorter log", Log, "(their.Term == our.Term && their.Index >= our.Index)",
            "their.Term == our.Term", 20) { Faults = Elections },
        new("votes for an older log", Log, "their.Term > our.Term || (their.Term == our.Term && their.Index >= our.Index)",
            "their.Index >= our.Index", 40) { Faults = Elections },
        new("half of the votes elect", Majority, "int quorum = voters.Count / 2 + 1;",
            "int quorum = Math.Max(1, voters.Count / 2);", 10) { Faults = Elections },
        new("half of the members commit", Majority, "positions[count - (count / 2 + 1)]",
            "positions[count - Math.Max(1, count / 2)]", 10) { Faults = Elections },
        new("learners count in the quorum", Replication, "Core.Configuration.Voters.Committed(",
            "new JointQuorum(Core.Configuration.Voters.Incoming.Union(Core.Configuration.Learners), NodeSet.Empty).Committed(", 40)
            { Members = 2,
                Faults = [FaultKind.MemberChange, FaultKind.SlowLink, FaultKind.SlowDisk, FaultKind.Pause, FaultKind.MessageDelay] },
        new("commits an entry of an older term by counting", Log,
            "at.Index <= Committed || !Matches(at)", "at.Index <= Committed || at.Index > LastIndex", 120)
            { Faults = Elections },
        new("appends without a match of the entry before", Log, "if (!Matches(previous))",
            "if (previous.Index > LastIndex)", 20) { Faults = Elections },
        new("a late append truncates what was acknowledged", Log,
            "int conflict = FirstConflict(entries.Span);", "int conflict = 0;", 20) { Faults = Messages },
        new("commits beyond what the append has matched", Log, "if (!Matches(previous))\n        {\n            return false;", """
            if (!Matches(previous))
            {
                CommitTo(Math.Min(committed, LastIndex));
                return false;
            """, 20) { Focus = RunFocus.LostTails, Faults = [.. Elections, .. Messages] },
        new("a heartbeat commits beyond the match", Replication,
            "Math.Min(progress.Match, Log.Committed)", "Log.Committed", 20) { Faults = Elections },
        new("takes appends of an older term", Step, "message.Term != 0 && message.Term < Term",
            "message.Term != 0 && message.Term < Term && message.Type != MessageType.Append", 20)
            { Faults = [.. Elections, .. Messages] },
        new("a late write counts for the entries that replaced it", "src/Netcd.Raft/Log/UnstableTail.cs", "|| term != id.Term)", ")", 60)
            { Focus = RunFocus.LostTails, Faults = [.. Elections, FaultKind.SlowDisk, FaultKind.StalledDisk, FaultKind.MessageReordering] },
        new("reads without asking the leader", "src/Netcd.Engine/Node/NodeReads.cs",
            "AreCurrent => consensus.Position.IsReadableAtOnce", "AreCurrent => true", 5)
            { Members = 3, Faults = Zombies },
        new("reads by a lease while clocks drift", Reads,
            "if (Core.Config.ReadOnlyOption == ReadOnlyOption.LeaseBased)", "if (Core.Term > 0)", 10)
            { Focus = RunFocus.StaleLeaders, Faults = Zombies },
        new("read index before the term has committed", Reads, "=> !HasCommittedInTerm ||", "=>", 40)
            { Focus = RunFocus.LostTails, Members = 3, Faults = [.. Zombies, FaultKind.MessageLoss, FaultKind.SlowDisk] },
        new("a read index needs no quorum", "src/Netcd.Raft/Roles/ReadAcknowledgements.cs",
            "|| voters.Committed(new Acknowledgements(acknowledged)) <= confirmed", "", 10)
            { Focus = RunFocus.StaleLeaders, Members = 5, Faults = Zombies },
        new("answers a read before it has applied up to it", "src/Netcd.Engine/Node/Stages/ReadConfirmation.cs",
            "if (index <= applied)", "if (index > 0)", 5) { Members = 3 },
    ];
}
