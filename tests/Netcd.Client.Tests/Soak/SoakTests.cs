using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Netcd.Client;
using Netcd.ClientTests.Servers;
using Netcd.Interop.Clusters;

namespace Netcd.ClientTests.Soak;

/// <summary>
/// Everything that the client does, at once and for long, while members of a cluster of both kinds are killed, frozen and cut off.
/// <c>tools/soak-client.sh</c> runs it alone; beside other tests it is short, and leaves out what they would disturb.
/// </summary>
public sealed class SoakTests
{
    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(15);

    /// <summary>What may come to be within the whole time, such as the records of the soak itself: some 40 bytes a write.</summary>
    private const long GrowthAllowed = 4 * 1024 * 1024;

    private static double? Minutes =>
        double.TryParse(Environment.GetEnvironmentVariable("NETCD_SOAK_MINUTES"), CultureInfo.InvariantCulture, out double minutes)
            ? minutes
            : null;

    [Fact]
    public async Task Nothing_is_missed_or_done_twice_and_nothing_is_left_behind_while_members_come_and_go()
    {
        ConcurrentQueue<Exception> unobserved = [];
        void Note(object? sender, UnobservedTaskExceptionEventArgs failure) => unobserved.Enqueue(failure.Exception);
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            string[] programs = await Task.WhenAll(
                OwnServer.ProgramOfAsync(Server.Netcd), OwnServer.ProgramOfAsync(Server.Etcd), OwnServer.ProgramOfAsync(Server.Netcd));
            await using ProcessCluster cluster = await ProcessCluster.StartAsync(programs);
            bool isAlone = Minutes is not null;
            TimeSpan time = Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : ShortTime;
            (WeakReference client, List<long> heap) = await RunAsync(cluster, time);
            await Poll.UntilAsync(() => Task.FromResult(IsCollected(client)));
            if (isAlone)
            {
                Assert.True(heap[^1] - heap[heap.Count / 3] < GrowthAllowed, $"the heap has grown: {string.Join(", ", heap)}");
                Assert.Empty(unobserved);
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }
    }

    /// <summary>Gives the client, which nothing holds any more if no task of it goes on, and the heap's sizes meanwhile.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(WeakReference Client, List<long> Heap)> RunAsync(ProcessCluster cluster, TimeSpan time)
    {
        EtcdClient client = new(new EtcdClientOptions
        {
            Endpoints = [.. cluster.Members.Select(static member => member.Endpoint)],
            DialTimeout = TimeSpan.FromSeconds(1),
            KeepAliveTime = TimeSpan.FromSeconds(5),
            KeepAliveTimeout = TimeSpan.FromSeconds(1),
            RequireLeader = true,
        });
        List<long> heap;
        await using (client)
        {
            using CancellationTokenSource over = new();
            Writes writes = new(client, "soak/");
            Counter counter = new(client, "counter");
            KeptLeases leases = new(client, count: 50);
            Task[] work = [writes.WriteAsync(over.Token), counter.CountAsync(over.Token), leases.KeepAsync(over.Token)];
            await using SoakWatch watch = new(client, "soak/");
            await watch.BegunAsync();
            heap = await Faults.MakeAsync(cluster, time, [.. work, watch.Reading]);

            // A busy machine gets less done in the same time, and may need some more for what there has to be to look at.
            await Poll.UntilAsync(() => Task.FromResult(writes.Count > 100 && counter.Counted > 10));
            await over.CancelAsync();
            await Task.WhenAll(work);
            await writes.CheckAsync(watch);
            await counter.CheckAsync();
            leases.Check();
        }

        return (new WeakReference(client), heap);
    }

    private static bool IsCollected(WeakReference client)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return !client.IsAlive;
    }
}
