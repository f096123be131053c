using Google.Protobuf;
using Netcd.Engine.Auth;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>A user that watches while it may, and is sent nothing that was written after it may not.</summary>
internal sealed class GuardedWatcher(SimulatedCluster cluster, RightsJudge judge, int number)
{
    private static readonly (string Key, string End)[] Intervals = [("k0", ""), ("k", "l"), ("k3", "k7"), ("\0", "\0"), ("t", "u")];

    private readonly string user = Administrator.Users[number % Administrator.Users.Count];
    private readonly SimulationRandom random = cluster.Random.Branch($"guarded watcher {number}");

    /// <summary>Whether it is to watch no more.</summary>
    public bool IsToStop { get; set; }

    public async Task RunAsync()
    {
        while (!IsToStop)
        {
            await cluster.Time.Delay(random.Exponential(100 * VirtualTime.Millisecond));
            SimulatedMember[] serving = [.. cluster.Serving];
            if (serving.Length > 0)
            {
                await WatchAsync(random.Pick(serving));
            }
        }
    }

    private async Task WatchAsync(SimulatedMember member)
    {
        AuthTable table = member.Node!.Auth;
        if (!table.IsEnabled)
        {
            return;
        }

        int life = member.Life;
        SimulatedWatchStream stream = new(member.Node!);
        (string key, string end) = random.Pick(Intervals);
        WatchCreateRequest watch = new()
        {
            Key = ByteString.CopyFromUtf8(key),
            RangeEnd = ByteString.CopyFromUtf8(end),
            StartRevision = random.Percent(50) ? 0 : Math.Max(1, member.Node!.Revision - random.Below(20)),
        };
        stream.Request(new WatchRequest { CreateRequest = watch }, new WatchCaller(new AuthIdentity(user, table.Revision)));
        for (int reads = random.Below(60); reads > 0 && !IsToStop && member.Life == life; reads--)
        {
            await cluster.Time.Delay(random.Exponential(40 * VirtualTime.Millisecond));
            if (member.Life == life && !Read(stream))
            {
                break;
            }
        }

        if (member.Life == life)
        {
            stream.Close();
        }
    }

    /// <summary>False where the watch is over.</summary>
    private bool Read(SimulatedWatchStream stream)
    {
        foreach (WatchResponse response in stream.Read())
        {
            foreach (Event seen in response.Events)
            {
                judge.Saw(user, seen);
            }

            if (response.Canceled)
            {
                return false;
            }
        }

        return true;
    }
}
