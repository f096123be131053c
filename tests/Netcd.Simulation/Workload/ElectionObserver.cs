using Google.Protobuf;
using Netcd.Coordination;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3Election;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>A client that observes an election at whichever member serves, and asks another when that one fails.</summary>
internal sealed class ElectionObserver(SimulatedCluster cluster, LockRules rules, int number, string queue)
{
    private const long Look = 20 * VirtualTime.Millisecond;
    private const long ToldWithin = 10 * VirtualTime.Second;

    private readonly SimulationRandom random = cluster.Random.Branch($"observer {number}");
    private ByteString leader = ByteString.Empty;

    /// <summary>The election.</summary>
    public string Queue => queue;

    /// <summary>Whether it is to stay with the member that it asks, as long as that one lives.</summary>
    public bool IsToStay { get; set; }

    public async Task RunAsync()
    {
        while (true)
        {
            SimulatedMember[] serving = [.. cluster.Serving];
            if (serving.Length > 0)
            {
                await ObserveAsync(random.Pick(serving));
            }

            await cluster.Time.Delay(random.Between(1, 500) * VirtualTime.Millisecond);
        }
    }

    /// <summary>Waits until it was told that a key's owner leads, or until that one leads no more.</summary>
    public async Task AwaitToldOfAsync(ByteString key)
    {
        for (long end = cluster.Time.Now + ToldWithin; leader != key && rules.IsHead(queue, key);)
        {
            if (cluster.Time.Now > end)
            {
                throw LockRules.NotTold(queue, key);
            }

            await cluster.Time.Delay(Look);
        }
    }

    private async Task ObserveAsync(SimulatedMember member)
    {
        using CancellationTokenSource gone = new();
        int life = member.Life;
        long end = cluster.Time.Now + (random.Between(1, 10) * VirtualTime.Second);
        long toldAt = 0;
        MemberStore store = new(cluster, member, random, gone.Token);
        Task asked = new Elections(store).ObserveAsync(new LeaderRequest { Name = ByteString.CopyFromUtf8(queue) }, Tell).AsTask();
        while (!asked.IsCompleted && member.Life == life && !member.IsRemoved)
        {
            await cluster.Time.Delay(Look);
            if (!IsToStay && !member.IsPaused && cluster.Time.Now >= end)
            {
                gone.Cancel();
            }
        }

        if (asked.Exception?.InnerException is { } failure and not (EtcdException or OperationCanceledException))
        {
            throw failure;
        }

        ValueTask Tell(LeaderResponse answer)
        {
            rules.Observed(queue, toldAt, answer);
            toldAt = answer.Header.Revision;
            leader = answer.Kv.Key;
            return ValueTask.CompletedTask;
        }
    }
}
