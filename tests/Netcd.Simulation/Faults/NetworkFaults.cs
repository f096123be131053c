using Netcd.Simulation.Members;
using Netcd.Simulation.Network;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Faults;

/// <summary>What goes wrong between members.</summary>
internal sealed class NetworkFaults(SimulatedCluster cluster, SimulationRandom random, Action<long, Action> healAfter)
{
    private NetworkConditions Conditions => cluster.Network.Conditions;

    /// <summary>Brings a fault about; false where it is none of these, or none that can be.</summary>
    public bool Inject(FaultKind kind)
    {
        switch (kind)
        {
            case FaultKind.MessageLoss:
                Conditions.LossPercent = random.Pick([2, 10, 40]);
                For(kind, $"{Conditions.LossPercent}%", () => Conditions.LossPercent = 0);
                return true;
            case FaultKind.MessageDuplication:
                Conditions.DuplicatePercent = random.Pick([5, 30]);
                For(kind, $"{Conditions.DuplicatePercent}%", () => Conditions.DuplicatePercent = 0);
                return true;
            case FaultKind.MessageReordering:
                Conditions.ReorderPercent = random.Pick([5, 50]);
                For(kind, $"{Conditions.ReorderPercent}%", () => Conditions.ReorderPercent = 0);
                return true;
            case FaultKind.MessageDelay:
                Conditions.JitterMicroseconds = random.Pick([20L, 200L, 900L]) * VirtualTime.Millisecond;
                For(kind, $"up to {Conditions.JitterMicroseconds / 1000} ms", () => Conditions.JitterMicroseconds = 800);
                return true;
            case FaultKind.SnapshotCut:
                Conditions.SnapshotCutPercent = random.Pick([30, 70]);
                For(kind, $"{Conditions.SnapshotCutPercent}%", () => Conditions.SnapshotCutPercent = 0);
                return true;
            case FaultKind.OneWayPartition:
                return CutOneWay(kind);
            case FaultKind.TwoWayPartition:
                return CutInTwo(kind);
            case FaultKind.SlowLink:
                return SlowLink(kind);
            default:
                return false;
        }
    }

    private bool CutOneWay(FaultKind kind)
    {
        if (cluster.Members.Count < 2)
        {
            return false;
        }

        SimulatedMember one = Victim();
        List<SimulatedMember> others = [.. cluster.Members.Where(member => member != one)];
        List<SimulatedMember> far = random.Percent(50) ? others : [random.Pick(others)];
        bool isOutgoing = random.Percent(50);
        (IEnumerable<ulong> from, IEnumerable<ulong> to) = isOutgoing ? (Ids([one]), Ids(far)) : (Ids(far), Ids([one]));
        For(kind, isOutgoing
            ? $"{one.Name} is not heard by {Names(far)}"
            : $"{one.Name} does not hear {Names(far)}", Conditions.CutOff(from, to));
        return true;
    }

    private bool CutInTwo(FaultKind kind)
    {
        if (cluster.Members.Count < 2)
        {
            return false;
        }

        SimulatedMember first = Victim();
        List<SimulatedMember> side = [first, .. cluster.Members.Where(member => member != first && random.Percent(30))];
        List<SimulatedMember> rest = [.. cluster.Members.Where(member => !side.Contains(member))];
        Action there = Conditions.CutOff(Ids(side), Ids(rest));
        Action back = Conditions.CutOff(Ids(rest), Ids(side));
        For(kind, $"{Names(side)} from {Names(rest)}", () =>
        {
            there();
            back();
        });
        return true;
    }

    private bool SlowLink(FaultKind kind)
    {
        if (cluster.Members.Count < 2)
        {
            return false;
        }

        SimulatedMember from = Victim();
        SimulatedMember to = random.Pick([.. cluster.Members.Where(member => member != from)]);
        long delay = random.Pick([30L, 300L]) * VirtualTime.Millisecond;
        For(kind, $"{from.Name} to {to.Name}, {delay / 1000} ms", Conditions.Slow(from.Id, to.Id, delay));
        return true;
    }

    /// <summary>The leader more often than chance has it: that is where it hurts.</summary>
    private SimulatedMember Victim() => random.Percent(40) && cluster.Leader is { } leader ? leader : random.Pick(cluster.Members);

    private void For(FaultKind kind, string what, Action heal)
    {
        long length = random.Exponential(2 * VirtualTime.Second);
        cluster.Trace.Fault($"{kind}: {what}, for {length / 1000} ms");
        healAfter(length, heal);
    }

    private static List<ulong> Ids(IEnumerable<SimulatedMember> members) => [.. members.Select(static member => member.Id)];

    private static string Names(IEnumerable<SimulatedMember> members) => string.Join(',', members.Select(static member => member.Name));
}
