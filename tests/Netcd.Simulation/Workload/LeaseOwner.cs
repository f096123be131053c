using Google.Protobuf;
using Netcd.Engine.Requests;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>
/// A client that holds one lease after another: it is granted, has keys, is kept alive for a while through whichever member leads,
/// and is then left alone, or revoked. What the owner knows of its time goes to <see cref="LeaseRules"/>.
/// </summary>
internal sealed class LeaseOwner(SimulatedCluster cluster, LeaseRules rules, int number)
{
    private const long Patience = 2 * VirtualTime.Second;

    private readonly SimulationRandom random = cluster.Random.Branch($"owner {number}");
    private int granted;

    /// <summary>Whether it is to take no new lease.</summary>
    public bool IsToStop { get; set; }

    /// <summary>Whether it does nothing any more.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Goes on until it is to stop; the lease that it holds then is left alone.</summary>
    public async Task RunAsync()
    {
        while (!IsToStop)
        {
            long id = (number * 1_000_000L) + ++granted;
            long ttl = cluster.Profile.AreLeasesLong ? 9 : random.Pick([2L, 3, 5, 9]);
            rules.Asked(id, ttl);
            LeaseGrantRequest grant = new() { ID = id, TTL = ttl };
            Answer answer = await ProposeAsync(new InternalRaftRequest { LeaseGrant = grant });
            if (answer.Kind == AnswerKind.Done)
            {
                await HoldAsync(id, ttl);
            }

            await cluster.Time.Delay(random.Between(50, 1_500) * VirtualTime.Millisecond);
        }

        IsDone = true;
    }

    private async Task HoldAsync(long id, long ttl)
    {
        for (int n = random.Below(4); n > 0; n--)
        {
            PutRequest put = new()
            {
                Key = ByteString.CopyFromUtf8($"lease/{id}/{n}"),
                Value = ByteString.CopyFromUtf8("held"),
                Lease = id,
            };
            await ProposeAsync(new InternalRaftRequest { Put = put });
            if (random.Percent(20))
            {
                // It is on the lease no more.
                await ProposeAsync(
                    new InternalRaftRequest { Put = new PutRequest { Key = put.Key, Value = ByteString.CopyFromUtf8("free") } });
            }
        }

        // Some renew in good time, and some late.
        long pace = random.Pick([30, 30, 75]);
        for (int n = random.Below(20); n > 0 && !IsToStop; n--)
        {
            if (!await RenewAsync(id, ttl))
            {
                return;
            }

            if (cluster.Profile.AreLeasesLong)
            {
                pace = random.Percent(50) ? random.Between(40, 65) : random.Between(85, 97);
            }

            await cluster.Time.Delay(ttl * VirtualTime.Second * pace / 100);
        }

        if (random.Percent(25))
        {
            rules.Revoking(id);
            await ProposeAsync(new InternalRaftRequest { LeaseRevoke = new LeaseRevokeRequest { ID = id } });
        }
    }

    /// <summary>Asks one member after the other, as a member that does not lead passes a keep-alive on; false where the lease is
    /// gone.</summary>
    private async Task<bool> RenewAsync(long id, long ttl)
    {
        long sent = cluster.Time.Now;
        long end = sent + (ttl * VirtualTime.Second / 3);
        while (cluster.Time.Now < end)
        {
            // One that just lost its leadership may believe for a while that it leads: it is asked too.
            foreach (SimulatedMember member in cluster.Members.Where(static member => member.IsUp && member.Node!.IsLeader).ToArray())
            {
                sent = cluster.Time.Now;
                Renewal? answer = await LeaseCalls.RenewAsync(cluster, member, id, Patience);
                if (answer is { Error: null } renewed)
                {
                    rules.Renewed(id, renewed.TtlSeconds, sent);
                    return true;
                }

                if (answer?.Error == EtcdErrors.LeaseNotFound)
                {
                    return false;
                }
            }

            await cluster.Time.Delay(50 * VirtualTime.Millisecond);
        }

        return true;
    }

    private async Task<Answer> ProposeAsync(InternalRaftRequest request)
    {
        SimulatedMember[] serving = [.. cluster.Serving];
        return serving.Length == 0 ? Answer.NotReached : await Calls.ProposeAsync(cluster, random.Pick(serving), request, Patience);
    }
}
