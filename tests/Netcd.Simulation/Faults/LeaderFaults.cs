using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Faults;

/// <summary>
/// A leader is cut off long enough for another to be elected, while clients go on to ask both: what the old one answers may be
/// from the past, and what it has appended meanwhile is replaced when it comes back.
/// </summary>
internal sealed class LeaderFaults(SimulatedCluster cluster, SimulationRandom random, Action<long, Action> healAfter)
{
    private const int FewestMembers = 3;

    private readonly SimulationRandom deaf = cluster.Random.Branch("deaf leaders");

    /// <summary>An election takes about so long.</summary>
    private const long ShortestMicroseconds = 1_500 * VirtualTime.Millisecond;

    /// <summary>Brings the fault about; false where it is another one, or there is no leader to cut off.</summary>
    public bool Inject(FaultKind kind)
    {
        if (kind != FaultKind.LeaderCutOff || cluster.Members.Count < FewestMembers || cluster.Leader is not { } leader)
        {
            return false;
        }

        List<SimulatedMember> side = Minority(leader);
        List<ulong> near = [.. side.Select(static member => member.Id)];
        List<ulong> far = [.. cluster.Members.Where(member => !side.Contains(member)).Select(static member => member.Id)];
        int drawn = random.Pick([20, 35, 50, 100, 100]);
        int percent = cluster.Profile.DoClocksGoAlike ? 100 : drawn;
        long length = ShortestMicroseconds + random.Exponential(ShortestMicroseconds);
        // What a deaf one appends comes to the others and is kept there, while it waits for their answers until it gives up.
        bool isDeaf = cluster.Profile.AreLeadersDeafened && deaf.Percent(80);
        cluster.Trace.Fault(
            $"{kind}: {string.Join(',', side.Select(static member => member.Name))}{(isDeaf ? " (deaf)" : "")}, the clock at {percent}%, "
                + $"for {length / 1000} ms");
        leader.SetClockRate(percent / 100.0);
        Action there = isDeaf ? static () => { } : cluster.Network.Conditions.CutOff(near, far);
        Action back = cluster.Network.Conditions.CutOff(far, near);
        bool isBehind = random.Percent(40);
        if (isBehind)
        {
            FallBehind(leader, far, length);
        }

        int life = leader.Life;
        healAfter(length, () =>
        {
            there();
            back();
            leader.SetClockRate(1);
            MayLosePower(leader, life, isBehind);
        });
        return true;
    }

    /// <summary>
    /// Its disk does not get done with what it appends, and what it is sent comes late: when the others replace the end of its log,
    /// that very end is still being written.
    /// </summary>
    private void FallBehind(SimulatedMember leader, List<ulong> far, long length)
    {
        leader.DiskLatencyMicroseconds = random.Pick([1, 3]) * VirtualTime.Second;
        long delay = random.Pick([300L, 1_000L]) * VirtualTime.Millisecond;
        List<Action> heals = [.. far.Select(other => cluster.Network.Conditions.Slow(other, leader.Id, delay))];
        cluster.Trace.Fault($"its disk takes up to {leader.DiskLatencyMicroseconds / 1000} ms, and messages to it {delay / 1000}");
        healAfter(length + (2 * ShortestMicroseconds), () =>
        {
            leader.RestoreDiskSpeed();
            heals.ForEach(static heal => heal());
        });
    }

    private List<SimulatedMember> Minority(SimulatedMember leader)
    {
        List<SimulatedMember> others = [.. cluster.Members.Where(member => member != leader)];
        List<SimulatedMember> side = [leader];
        for (int companions = random.Below((cluster.Members.Count - 1) / 2); side.Count <= companions;)
        {
            SimulatedMember companion = random.Pick(others);
            others.Remove(companion);
            side.Add(companion);
        }

        return side;
    }

    /// <summary>Its log has a part that was replaced a moment ago, and perhaps one that is about to be.</summary>
    private void MayLosePower(SimulatedMember leader, int life, bool isBehind)
    {
        if (!cluster.IsUnderFaults || isBehind || random.Percent(50))
        {
            return;
        }

        cluster.Time.After(random.Exponential(300 * VirtualTime.Millisecond), () =>
        {
            if (cluster.IsUnderFaults && leader.Life == life)
            {
                cluster.Trace.Fault($"{FaultKind.PowerLoss}: {leader.Name}, which was cut off");
                leader.Crash(CrashKind.Power);
                cluster.WentDown(leader);
            }
        });
    }
}
