using Netcd.Engine.Membership;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Tests;

/// <summary>Owners of leases while leaders come and go: no lease ends before its time, and each ends once it is left alone.</summary>
public sealed class LeaseScenarioTests
{
    private const int Owners = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_leader_that_stood_still_revokes_nothing_that_its_successor_keeps(ulong seed) => Play(seed, async cluster =>
    {
        SimulatedMember leader = await Runs.LeaderAsync(cluster);
        leader.Pause();
        await cluster.Time.Delay(Between(cluster, 1, 9));
        leader.Resume();
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_leader_that_is_cut_off_promises_nothing_that_its_successor_does_not_keep(ulong seed) => Play(seed, async cluster =>
    {
        SimulatedMember leader = await Runs.LeaderAsync(cluster);
        List<ulong> others = [.. cluster.Members.Where(member => member != leader).Select(member => member.Id)];
        Action there = cluster.Network.Conditions.CutOff([leader.Id], others);
        Action back = cluster.Network.Conditions.CutOff(others, [leader.Id]);
        await cluster.Time.Delay(Between(cluster, 1, 6));
        there();
        back();
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Leases_outlive_the_crashes_of_their_leaders(ulong seed) => Play(seed, async cluster =>
    {
        SimulatedMember leader = await Runs.LeaderAsync(cluster);
        leader.Crash(cluster.Random.Branch($"crash {cluster.Time.Now}").Percent(50) ? CrashKind.Power : CrashKind.Process);
        await cluster.Time.Delay(Between(cluster, 0, 4));
        cluster.Start(leader);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Leases_outlive_the_handing_over_of_leadership(ulong seed) => Play(seed, async cluster =>
    {
        SimulatedMember leader = await Runs.LeaderAsync(cluster);
        SimulatedMember next = cluster.Members.First(member => member != leader);
        leader.Node!.Peers.TransferLeadership(new MemberId(next.Id));
        await cluster.Time.Delay(Between(cluster, 0, 2));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Leases_keep_their_promises_under_faults_of_all_kinds(ulong seed) =>
        Runs.Check(new SimulationOptions { Seed = seed, VirtualSeconds = 60, LeaseOwners = Owners });

    [Theory]
    [InlineData(65)] // a leader renewed a lease whose checkpoint it had sent off; the next leader began with the time that it said
    [InlineData(85)]
    public void Leases_keep_their_promises_when_leaders_are_cut_off(ulong seed) => Runs.Check(new SimulationOptions
    {
        Seed = seed,
        Members = 3,
        LeaseOwners = Owners,
        Focus = RunFocus.Anything,
        Faults = new HashSet<FaultKind> { FaultKind.LeaderCutOff, FaultKind.MessageDelay },
    });

    private static void Play(ulong seed, Func<SimulatedCluster, Task> round)
    {
        LeaseWorkload? leases = null;
        Runs.Check(Runs.Of(seed, members: 3, virtualSeconds: 900) with
        {
            // Revisions that the end of a lease takes are no client's, so the clients' operations alone explain no history. The model does.
            WithOrderSearch = false,
            Script = async cluster =>
            {
                leases = new LeaseWorkload(cluster, Owners);
                leases.Begin();
                for (int n = 0; n < 12; n++)
                {
                    await cluster.Time.Delay(Between(cluster, 1, 5));
                    await round(cluster);
                }

                await leases.EndAsync();
            },
        });
        Assert.True(leases!.Rules.Expired > 10, $"seed {seed}: only {leases.Rules.Expired} leases expired");
        Assert.True(leases.Rules.Renewals > 100, $"seed {seed}: only {leases.Rules.Renewals} keep-alives were answered");
    }

    private static long Between(SimulatedCluster cluster, long first, long last) =>
        cluster.Random.Branch($"lease story {cluster.Time.Now}").Between(first * VirtualTime.Second, last * VirtualTime.Second);
}
