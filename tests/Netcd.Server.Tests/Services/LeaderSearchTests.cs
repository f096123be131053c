using Netcd.Engine.Membership;
using Netcd.Protocol.Errors;
using Netcd.Server.Services;

namespace Netcd.Server.Tests.Services;

/// <summary>What only the leader can do is done by the member that leads, however often that changes.</summary>
public sealed class LeaderSearchTests
{
    private const ulong Self = 7;
    private static readonly Member Here = new(Self, "here", [], [], IsLearner: false);
    private static readonly Member There = new(8, "there", [], [], IsLearner: false);
    private readonly List<string> done = [];

    [Fact]
    public async Task A_leader_that_is_lost_between_two_looks_fails_nothing()
    {
        // Each look is followed by one that finds none.
        Queue<Member?> seen = new([null, There, null, null]);
        await RunAsync(seen);
        Assert.Equal(["there"], done);
        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task A_member_that_waits_for_a_leader_and_becomes_it_does_the_work_itself()
    {
        await RunAsync(new([null, null, Here]));
        Assert.Equal(["here"], done);
    }

    [Fact]
    public async Task A_leader_that_has_lost_its_leadership_asks_the_next_one()
    {
        int failures = 1;
        await RunAsync(new([Here, null, There]), () => failures-- > 0 ? EtcdErrors.NotLeader : null);
        Assert.Equal(["here", "there"], done);
    }

    [Fact]
    public async Task Another_failure_is_the_answer()
    {
        EtcdException failure = await Assert.ThrowsAsync<EtcdException>(
            () => RunAsync(new([Here]), static () => EtcdErrors.LearnerNotReady));
        Assert.Same(EtcdErrors.LearnerNotReady, failure.Error);
    }

    [Fact]
    public async Task Without_a_leader_the_search_ends_in_time()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMilliseconds(20));
        LeaderSearch search = new(static () => null, Self, TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => search.RunAsync(static _ => default, static (_, _) => default, limit.Token).AsTask());
    }

    private async Task RunAsync(Queue<Member?> seen, Func<EtcdError?>? fails = null)
    {
        LeaderSearch search = new(seen.Dequeue, Self, TimeSpan.Zero);
        await search.RunAsync(
            _ =>
            {
                done.Add("here");
                return fails?.Invoke() is { } error ? throw error.ToException() : ValueTask.CompletedTask;
            },
            (leader, _) =>
            {
                done.Add(leader.Name);
                return ValueTask.CompletedTask;
            },
            TestContext.Current.CancellationToken);
    }
}
