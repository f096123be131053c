using Google.Protobuf;
using Netcd.Coordination;
using Netcd.Protocol.V3;
using Netcd.Protocol.V3Election;
using Netcd.Protocol.V3Lock;
using Netcd.Simulation.Faults;
using Netcd.Simulation.Members;
using Netcd.Simulation.Runs;
using Netcd.Simulation.Scheduling;
using Netcd.Simulation.Workload;

namespace Netcd.Simulation.Tests;

/// <summary>Locks and elections while members come and go: one owner at a time by the committed log, and each can be had in the
/// end.</summary>
public sealed class LockScenarioTests
{
    private const int Users = 8;
    private const long Lease = 77;

    private static readonly LockRequest Request = new() { Name = ByteString.CopyFromUtf8("q"), Lease = Lease };

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
    [InlineData(5002)] // a transaction that would put on a lease that has ended: it changes nothing
    public void Locks_keep_their_promises_under_faults_of_all_kinds(ulong seed) =>
        Runs.Check(new SimulationOptions { Seed = seed, Lockers = Users });

    [Fact]
    public void A_call_whose_caller_goes_while_it_queues_up_leaves_no_key() => Try(async (member, gone) =>
    {
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await new Locks(gone).LockAsync(Request));
        Assert.Equal(0, await KeysAsync(member));
    });

    [Fact]
    public void A_lock_that_is_held_stays_when_its_owner_asks_once_more_and_goes() => Try(async (member, gone) =>
    {
        await new Locks(member).LockAsync(Request);
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await new Locks(gone).LockAsync(Request));
        Assert.Equal(1, await KeysAsync(member));
    });

    [Fact]
    public void A_leader_stays_one_when_it_campaigns_once_more_and_goes() => Try(async (member, gone) =>
    {
        CampaignRequest campaign = new() { Name = Request.Name, Lease = Lease, Value = ByteString.CopyFromUtf8("a") };
        await new Elections(member).CampaignAsync(campaign);
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await new Elections(gone).CampaignAsync(campaign));
        Assert.Equal(1, await KeysAsync(member));
    });

    /// <summary>Hands out a member's store with a lease, as one call sees it and as one sees it whose caller has gone.</summary>
    private static void Try(Func<MemberStore, MemberStore, Task> use)
    {
        bool isDone = false;
        Runs.Check(Runs.Of(1, members: 1, virtualSeconds: 60) with
        {
            WithOrderSearch = false,
            Script = async cluster =>
            {
                SimulatedMember member = await Runs.LeaderAsync(cluster);
                SimulationRandom random = cluster.Random.Branch("store");
                MemberStore store = new(cluster, member, random, CancellationToken.None);
                InternalRaftRequest grant = new() { LeaseGrant = new LeaseGrantRequest { ID = Lease, TTL = 30 } };
                await Calls.ProposeAsync(cluster, member, grant, VirtualTime.Second);
                await use(store, new MemberStore(cluster, member, random, new CancellationToken(canceled: true)));
                isDone = true;
            },
        });
        Assert.True(isDone);
    }

    private static async Task<long> KeysAsync(MemberStore store)
    {
        RangeRequest all = new() { Key = ByteString.CopyFromUtf8("q/"), RangeEnd = ByteString.CopyFromUtf8("q0") };
        return (await store.RangeAsync(all)).Count;
    }

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
        Assert.True(locks.Rules.Observations > 5, $"seed {seed}: observers were told of only {locks.Rules.Observations} leaders");
        Assert.True(locks.Rules.GuardedWrites > 20, $"seed {seed}: owners have written only {locks.Rules.GuardedWrites} times");
    }
}
