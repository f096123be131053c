using Netcd.Protocol.Errors;
using Netcd.Server.Running;

namespace Netcd.Server.Tests.Running;

/// <summary>Long reads: few at a time, few that wait, none for callers that have gone (M1).</summary>
public sealed class LowShareThreadsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task M1_reads_take_their_turn_and_more_than_may_wait_are_refused()
    {
        LowShareThreads threads = new("test", threads: 1, mostWaiting: 2);
        using ManualResetEventSlim go = new();
        using ManualResetEventSlim begun = new();
        Task<int> first = threads.RunAsync(_ => Hold(begun, go), CancellationToken.None);
        Assert.True(begun.Wait(Deadline, CancellationToken.None));
        Task<int> second = threads.RunAsync(static _ => 2, CancellationToken.None);
        Task<int> third = threads.RunAsync(static _ => 3, CancellationToken.None);
        EtcdException refused = await Assert.ThrowsAsync<EtcdException>(() => threads.RunAsync(static _ => 4, CancellationToken.None));
        Assert.Equal(EtcdErrors.TooManyRequests, refused.Error);
        Assert.False(second.IsCompleted);
        go.Set();
        int[] found = await Task.WhenAll(first, second, third).WaitAsync(Deadline);
        Assert.Equal([1, 2, 3], found);

        // The thread has ended or not: the next read finds one.
        Assert.Equal(5, await threads.RunAsync(static _ => 5, CancellationToken.None).WaitAsync(Deadline));
    }

    [Fact]
    public async Task M1_a_read_whose_caller_goes_leaves_the_queue_and_ends_where_it_looks()
    {
        LowShareThreads threads = new("test", threads: 1, mostWaiting: 1);
        using CancellationTokenSource running = new();
        using CancellationTokenSource waiting = new();
        using ManualResetEventSlim begun = new();
        Task<int> first = threads.RunAsync(cancellation => LookForEver(begun, cancellation), running.Token);
        Assert.True(begun.Wait(Deadline, CancellationToken.None));
        Task<int> second = threads.RunAsync(static _ => 2, waiting.Token);
        await waiting.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Deadline));
        Task<int> third = threads.RunAsync(static _ => 3, CancellationToken.None);
        await running.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Deadline));
        Assert.Equal(3, await third.WaitAsync(Deadline));
    }

    [Fact]
    public async Task M2_memory_is_shared_in_the_order_of_asking_and_given_back()
    {
        MemoryBudget budget = new(100);
        MemoryBudget.Share first = await budget.TakeAsync(60, CancellationToken.None);
        Task<MemoryBudget.Share> large = budget.TakeAsync(1_000, CancellationToken.None).AsTask();
        Task<MemoryBudget.Share> small = budget.TakeAsync(10, CancellationToken.None).AsTask();
        Assert.False(large.IsCompleted || small.IsCompleted);
        first.Dispose();
        first.Dispose();
        MemoryBudget.Share whole = await large.WaitAsync(Deadline);
        Assert.False(small.IsCompleted);
        using CancellationTokenSource gone = new();
        Task<MemoryBudget.Share> abandoned = budget.TakeAsync(95, gone.Token).AsTask();
        Task<MemoryBudget.Share> last = budget.TakeAsync(90, CancellationToken.None).AsTask();
        whole.Dispose();
        await small.WaitAsync(Deadline);
        Assert.False(abandoned.IsCompleted || last.IsCompleted);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned.WaitAsync(Deadline));
        await last.WaitAsync(Deadline);
    }

    private static int Hold(ManualResetEventSlim begun, ManualResetEventSlim go)
    {
        begun.Set();
        Assert.True(go.Wait(Deadline));
        return 1;
    }

    private static int LookForEver(ManualResetEventSlim begun, CancellationToken cancellation)
    {
        begun.Set();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Thread.Yield();
        }
    }
}
