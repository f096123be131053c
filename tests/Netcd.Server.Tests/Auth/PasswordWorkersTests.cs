using System.Collections.Concurrent;
using Netcd.Protocol.Errors;
using Netcd.Server.Auth;

namespace Netcd.Server.Tests.Auth;

/// <summary>Log-ins take turns by source, and none waits without a bound.</summary>
public sealed class PasswordWorkersTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_storm_of_one_source_does_not_hold_up_another()
    {
        PasswordWorkers workers = new(threads: 1, maxWaiting: 100);
        ConcurrentQueue<string> order = new();
        using ManualResetEventSlim go = new();
        Task<int> first = await HoldAsync(workers, go);
        List<Task<int>> all = [first];
        for (int index = 0; index < 50; index++)
        {
            all.Add(Note(workers, order, "storm", $"storm{index}"));
        }

        all.Add(Note(workers, order, "one", "one"));
        all.Add(Note(workers, order, "two", "two0"));
        all.Add(Note(workers, order, "two", "two1"));
        go.Set();
        await Task.WhenAll(all).WaitAsync(Deadline);
        Assert.Equal(["storm0", "one", "two0", "storm1", "two1", "storm2", "storm3"], order.Take(7));
        Assert.Equal(53, order.Count);
    }

    [Fact]
    public async Task Where_the_queue_is_full_the_source_with_most_gives_way_to_others_and_not_to_itself()
    {
        PasswordWorkers workers = new(threads: 1, maxWaiting: 4);
        ConcurrentQueue<string> order = new();
        using ManualResetEventSlim go = new();
        Task<int> first = await HoldAsync(workers, go);
        Task<int>[] storm = [.. Enumerable.Range(0, 4).Select(index => Note(workers, order, "storm", $"storm{index}"))];
        await AssertRefusedAsync(Note(workers, order, "storm", "storm4"));

        Task<int> one = Note(workers, order, "one", "one");
        await AssertRefusedAsync(storm[3]);
        Task<int> two = Note(workers, order, "two", "two");
        await AssertRefusedAsync(storm[2]);
        Task<int> three = Note(workers, order, "three", "three");
        await AssertRefusedAsync(storm[1]);

        // Each has one now.
        await AssertRefusedAsync(Note(workers, order, "four", "four"));
        await AssertRefusedAsync(Note(workers, order, "storm", "storm5"));
        go.Set();
        await Task.WhenAll(first, storm[0], one, two, three).WaitAsync(Deadline);
        Assert.Equal(["storm0", "one", "two", "three"], order);
    }

    [Fact]
    public async Task A_job_whose_caller_has_gone_leaves_its_place_and_does_not_run()
    {
        PasswordWorkers workers = new(threads: 1, maxWaiting: 2);
        ConcurrentQueue<string> order = new();
        using ManualResetEventSlim go = new();
        using CancellationTokenSource gone = new();
        Task<int> first = await HoldAsync(workers, go);
        Task<int> waiting = Note(workers, order, "one", "first", gone.Token);
        Task<int> other = Note(workers, order, "two", "second");
        await AssertRefusedAsync(Note(workers, order, "three", "third"));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Deadline));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Note(workers, order, "one", "late", gone.Token));
        Task<int> next = Note(workers, order, "three", "fourth");
        go.Set();
        await Task.WhenAll(first, other, next).WaitAsync(Deadline);
        Assert.Equal(["second", "fourth"], order);
    }

    [Fact]
    public async Task Callers_that_come_and_go_leave_nothing_behind_and_the_rest_is_served()
    {
        PasswordWorkers workers = new(threads: 2, maxWaiting: 64);
        int ran = 0;
        int ended = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            Random random = new(client);
            for (int index = 0; index < 300; index++)
            {
                using CancellationTokenSource gone = new();
                Task<int> job = workers.RunAsync($"{client % 3}", () => Interlocked.Increment(ref ran), gone.Token);
                if (random.Next(2) == 0)
                {
                    await gone.CancelAsync();
                }

                try
                {
                    await job.WaitAsync(Deadline);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref ended);
                }
            }
        })));
        Assert.Equal(8 * 300, ran + ended);
        Assert.Equal(1, await workers.RunAsync("last", static () => 1, CancellationToken.None).WaitAsync(Deadline));
    }

    [Fact]
    public async Task No_more_run_at_once_than_there_are_threads_and_a_failure_reaches_its_caller_alone()
    {
        PasswordWorkers workers = new(threads: 2, maxWaiting: 1_000);
        using Barrier pair = new(2);
        int running = 0;
        int most = 0;
        Task<bool>[] jobs = [.. Enumerable.Range(0, 60).Select(index => workers.RunAsync(
            $"{index % 7}",
            () =>
            {
                int now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);

                // One thread alone would wait here in vain; a third one would be counted while two wait.
                bool isPaired = pair.SignalAndWait(Deadline);
                Interlocked.Decrement(ref running);
                return index == 30 ? throw new InvalidOperationException("thirty") : isPaired;
            },
            CancellationToken.None))];
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => jobs[30].WaitAsync(Deadline));
        Assert.Equal("thirty", failure.Message);
        Assert.All(await Task.WhenAll(jobs.Where(static (_, index) => index != 30)).WaitAsync(Deadline), Assert.True);
        Assert.Equal(2, most);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; value > seen;)
        {
            int found = Interlocked.CompareExchange(ref most, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>Occupies the one thread until it may go on.</summary>
    private static async Task<Task<int>> HoldAsync(PasswordWorkers workers, ManualResetEventSlim go)
    {
        TaskCompletionSource begun = new();
        Task<int> held = workers.RunAsync(
            "holder",
            () =>
            {
                begun.SetResult();
                Assert.True(go.Wait(Deadline));
                return 0;
            },
            CancellationToken.None);
        await begun.Task.WaitAsync(Deadline);
        return held;
    }

    private static Task<int> Note(
        PasswordWorkers workers, ConcurrentQueue<string> order, string source, string name, CancellationToken cancellation = default) =>
        workers.RunAsync(
            source,
            () =>
            {
                order.Enqueue(name);
                return 0;
            },
            cancellation);

    private static async Task AssertRefusedAsync(Task<int> job)
    {
        EtcdException failure = await Assert.ThrowsAsync<EtcdException>(() => job.WaitAsync(Deadline));
        Assert.Equal(EtcdErrors.TooManyRequests, failure.Error);
    }
}
