using Netcd.Simulation.Faults;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Tests;

/// <summary>Owners of leases while leaders come and go: no lease ends before its time, and each ends once it is left alone.</summary>
public sealed class LeaseScenarioTests
{
    /// <summary>The longest lease, an election timeout more for each leader that may follow, and what elections take.</summary>
    private const long EndsWithin = 30 * VirtualTime.Second;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_leader_that_stood_still_revokes_nothing_that_its_successor_keeps(ulong seed) => Play(seed, async cluster =>
    {
        SimulatedMember leader = await LeaderAsync(cluster);
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
        SimulatedMember leader = await LeaderAsync(cluster);
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
        SimulatedMember leader = await LeaderAsync(cluster);
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
        SimulatedMember leader = await LeaderAsync(cluster);
        SimulatedMember next = cluster.Members.First(member => member != leader);
        leader.Node!.TransferLeadership(next.Id);
        await cluster.Time.Delay(Between(cluster, 0, 2));
    });

    private static void Play(ulong seed, Func<SimulatedCluster, Task> round)
    {
        LeaseRules? rules = null;
        Runs.Check(Runs.Of(seed, members: 3, virtualSeconds: 900) with
        {
            // Revisions that the end of a lease takes are no client's, so the clients' operations alone explain no history. The model does.
            WithOrderSearch = false,
            Script = async cluster =>
            {
                rules = new LeaseRules(cluster.Time);
                cluster.Checkers.Model.Tell(rules);
                LeaseOwner[] owners = [.. Enumerable.Range(1, 12).Select(number => new LeaseOwner(cluster, rules, number))];
                foreach (LeaseOwner owner in owners)
                {
                    _ = cluster.Spawn(owner.RunAsync);
                }

                for (int n = 0; n < 12; n++)
                {
                    await cluster.Time.Delay(Between(cluster, 1, 5));
                    await round(cluster);
                }

                Array.ForEach(owners, owner => owner.IsToStop = true);
                await cluster.Time.Delay(EndsWithin);
                if (rules.Existing.ToArray() is { Length: > 0 } left)
                {
                    throw new ViolationException("leases", $"{left.Length} leases live on {EndsWithin / VirtualTime.Second} s after they were left alone: {string.Join(", ", left)}");
                }
            },
        });
        Assert.True(rules!.Expired > 20, $"seed {seed}: only {rules.Expired} leases expired");
        Assert.True(rules.Renewals > 100, $"seed {seed}: only {rules.Renewals} keep-alives were answered");
    }

    private static long Between(SimulatedCluster cluster, long first, long last) =>
        cluster.Random.Branch($"lease story {cluster.Time.Now}").Between(first * VirtualTime.Second, last * VirtualTime.Second);

    private static async Task<SimulatedMember> LeaderAsync(SimulatedCluster cluster)
    {
        while (cluster.Leader is null)
        {
            await cluster.Time.Delay(50 * VirtualTime.Millisecond);
        }

        return cluster.Leader;
    }
}
