using Netcd.Raft;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Faults;

/// <summary>Messages of nobody's, any field of which may have any value: likely ones of the receiver's, small ones, the largest
/// ones.</summary>
internal static class StrangersMessage
{
    public static Message Next(SimulationRandom random, SimulatedMember receiver)
    {
        RaftCore core = receiver.Node!.Raft.Core;
        ulong Number() => random.Pick([
            0UL, 1UL, core.Term, core.Term, core.Term + 1,
            core.Term + (ulong)random.Between(0, 1_000), core.Log.Committed, core.Log.LastIndex,
            core.Log.LastIndex + 1, (ulong)random.Between(0, long.MaxValue), ulong.MaxValue, ulong.MaxValue - 1, 1UL << 63]);
        Message message = new()
        {
            Type = random.Percent(80) ? random.Pick(Enum.GetValues<MessageType>()) : (MessageType)random.Between(-3, 40),
            From = (ulong)random.Between(1, 1_000),
            To = random.Percent(95) ? receiver.Id : Number(),
            Term = Number(),
            LogTerm = Number(),
            Index = Number(),
            Commit = Number(),
            RejectHint = Number(),
            Vote = Number(),
            Reject = random.Percent(30),
            Context = random.Percent(20) ? "CampaignTransfer"u8.ToArray() : Bytes(random, 12),
            Entries = Entries(random, Number),
        };
        if (message.Type == MessageType.Snapshot || random.Percent(5))
        {
            message.Snapshot = new Snapshot
            {
                Metadata = new SnapshotMetadata
                {
                    Index = Number(),
                    Term = Number(),
                    ConfState = new ConfState
                    {
                        Voters = [.. Ids(random, receiver)],
                        Learners = [.. Ids(random, receiver)],
                        AutoLeave = random.Percent(20),
                    },
                },
                Data = Bytes(random, 40),
            };
        }

        return message;
    }

    private static byte[] Bytes(SimulationRandom random, int most) =>
        [.. Enumerable.Range(0, random.Below(most + 1)).Select(_ => (byte)random.Below(256))];

    private static IEnumerable<ulong> Ids(SimulationRandom random, SimulatedMember receiver) =>
        Enumerable.Range(0, random.Below(4)).Select(_ => random.Percent(50) ? receiver.Id : random.Pick([0UL, 7UL, ulong.MaxValue]));

    private static Entry[] Entries(SimulationRandom random, Func<ulong> number) =>
        [.. Enumerable.Range(0, random.Below(4))
            .Select(_ => new Entry((EntryType)random.Between(0, 3), number(), number(), Bytes(random, 30)))];
}
