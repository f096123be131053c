using Netcd.Simulation.Faults;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Tests;

/// <summary>Locks and elections while members come and go: one owner at a time by the committed log, and each can be had in the end.</summary>
public sealed class LockScenarioTests
{
    private const int Users = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_lock_has_one_owner_at_a_time_while_members_crash(ulong seed) => Play(seed, async cluster =>
    {
        SimulatedMember? member = cluster.Serving.FirstOrDefault();
        member?.Crash(CrashKind.Process);
        await cluster.Time.Delay(VirtualTime.Second);
        if (member is not null)
        {
            cluster.Start(member);
        }
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_lock_has_one_owner_at_a_time_while_leaders_stand_still(ulong seed) => Play(seed, async cluster =>
    {
        SimulatedMember? leader = cluster.Leader;
        leader?.Pause();
        await cluster.Time.Delay(4 * VirtualTime.Second);
        leader?.Resume();
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5010)] // a place is asked for on a lease that has just ended
    public void Locks_keep_their_promises_under_faults_of_all_kinds(ulong seed) =>
        Runs.Check(new SimulationOptions { Seed = seed, Lockers = Users });

    private static void Play(ulong seed, Func<SimulatedCluster, Task> round)
    {
        LockWorkload? locks = null;
        Runs.Check(Runs.Of(seed, members: 3, virtualSeconds: 600) with
        {
            WithOrderSearch = false,
            Script = async cluster =>
            {
                locks = new LockWorkload(cluster, Users);
                locks.Begin();
                for (int n = 0; n < 6; n++)
                {
                    await cluster.Time.Delay(3 * VirtualTime.Second);
                    await round(cluster);
                }

                await locks.EndAsync();
            },
        });
        Assert.True(locks!.Rules.GrantsToWaiters > 5, $"seed {seed}: only {locks.Rules.GrantsToWaiters} waiters came to their turn");
        Assert.True(locks.Rules.Cancellations > 3, $"seed {seed}: only {locks.Rules.Cancellations} waiters left a queue");
        Assert.True(locks.Rules.GuardedWrites > 20, $"seed {seed}: owners have written only {locks.Rules.GuardedWrites} times");
    }
}
