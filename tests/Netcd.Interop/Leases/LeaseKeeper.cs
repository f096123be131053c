using System.Diagnostics;
using Grpc.Core;
using Netcd.Interop.Clusters;

namespace Netcd.Interop.Leases;

/// <summary>Keeps a lease alive beside a test, all the time, on whichever member answers.</summary>
internal sealed class LeaseKeeper : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ProcessCluster cluster;
    private readonly long id;
    private readonly long ttl;
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;
    private readonly Stopwatch sinceAnswer = Stopwatch.StartNew();
    private TimeSpan longest;
    private long answers;
    private string? loss;

    public LeaseKeeper(ProcessCluster cluster, long id, long ttl)
    {
        this.cluster = cluster;
        this.id = id;
        this.ttl = ttl;
        running = RunAsync();
    }

    /// <summary>A member that is not asked.</summary>
    public ClusterMember? Except { get; set; }

    /// <summary>Keep-alives that were answered.</summary>
    public long Answers => Interlocked.Read(ref answers);

    /// <summary>Fails where a keep-alive was told that the lease is gone.</summary>
    public void AssertHeld() => Assert.True(
        loss is null, $"{loss}; the longest time without an answer was {longest.TotalSeconds:0.0} of {ttl} s\n{cluster.Logs()}");

    /// <summary>Waits for some more answers.</summary>
    public async Task AnsweredAgainAsync()
    {
        long before = Answers;
        await Lessor.EventuallyAsync(() => Task.FromResult(Answers > before + 2 || loss is not null), "keep-alives are answered");
        AssertHeld();
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stop.IsCancellationRequested && loss is null)
        {
            foreach (ClusterMember member in cluster.Members.Where(member => member.IsRunning && member != Except).ToArray())
            {
                await KeepAsync(member);
            }

            await Task.Delay(Pause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepAsync(ClusterMember member)
    {
        try
        {
            long left = (await member.Channel.KeepAliveAsync(id, DateTime.UtcNow + Patience)).TTL;
            longest = sinceAnswer.Elapsed > longest ? sinceAnswer.Elapsed : longest;
            if (left != ttl)
            {
                loss = $"{member.Name} answered a keep-alive with {left} s";
                return;
            }

            sinceAnswer.Restart();
            Interlocked.Increment(ref answers);
        }
        catch (RpcException)
        {
            // It has no leader just now, or has gone: another one may answer.
        }
    }
}
