using System.Diagnostics;
using Netcd.Interop.Clusters;

namespace Netcd.ClientTests.Soak;

/// <summary>What happens to the members: one after the other is killed, frozen or cut off, and comes back.</summary>
internal static class Faults
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(4);

    /// <summary>Makes faults for a time, as long as all work goes on. Gives the heap's size between them.</summary>
    public static async Task<List<long>> MakeAsync(ProcessCluster cluster, TimeSpan time, Task[] work)
    {
        List<long> heap = [];
        Random random = new(time.GetHashCode());
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time;)
        {
            await WaitAsync(Quiet, work);
            GC.Collect();
            heap.Add(GC.GetTotalMemory(forceFullCollection: true));
            ClusterMember member = cluster.Members[random.Next(cluster.Members.Count)];
            await FailAsync(cluster, member, random.Next(3), () => WaitAsync(Away, work));
            await cluster.LeaderAsync();
        }

        await WaitAsync(Quiet, work);
        heap.Add(GC.GetTotalMemory(forceFullCollection: true));
        return heap;
    }

    private static async Task FailAsync(ProcessCluster cluster, ClusterMember member, int kind, Func<Task> meanwhile)
    {
        switch (kind)
        {
            case 0:
                await member.KillAsync();
                await meanwhile();
                await cluster.RestartAsync(member);
                break;
            case 1:
                member.Pause();
                await meanwhile();
                member.Resume();
                break;
            default:
                member.Proxy.CutAll();
                await meanwhile();
                member.Proxy.Heal();
                break;
        }
    }

    /// <summary>Waits; work that ends meanwhile has failed.</summary>
    private static async Task WaitAsync(TimeSpan time, Task[] work)
    {
        Task ended = await Task.WhenAny([Task.Delay(time), .. work]);
        await ended;
        Assert.DoesNotContain(ended, work);
    }
}
