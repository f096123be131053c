using Google.Protobuf;
using Netcd.Engine.Auth;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;
using Netcd.Simulation.Invariants;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>
/// A client that watches. Where its member goes, or it has a mind to, it goes on at another one from the revision that it has
/// reached; it reads now and then, and sometimes long after.
/// </summary>
internal sealed class Watcher
{
    /// <summary>They lie within each other, beside each other and across each other: each is found by what the tree knows of
    /// others.</summary>
    private static readonly (string Key, string End)[] Intervals =
        [("k", "l"), ("\0", "\0"), ("k0", "k1"), ("k1", "k3"), ("k2", "k9"), ("k1", "k2"), ("k3", "\0"), ("j", "k2"), ("k0", "k5")];

    private readonly SimulatedCluster cluster;
    private readonly WatchJudge judge;
    private readonly SimulationRandom random;
    private readonly string name;
    private WatchCreateRequest watch;
    private long next = 1;
    private bool isFinishing;

    public Watcher(SimulatedCluster cluster, WatchJudge judge, int number)
    {
        this.cluster = cluster;
        this.judge = judge;
        name = FormattableString.Invariant($"w{number}");
        random = cluster.Random.Branch(name);
        watch = NewWatch();
    }

    /// <summary>Whether it was told all that there is.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Has it stay with what it watches until it was told all.</summary>
    public void Finish() => isFinishing = true;

    public override string ToString() => FormattableString.Invariant($"{name} at {next} of {judge.Revision}: {watch}");

    public async Task RunAsync()
    {
        while (!IsDone)
        {
            await cluster.Time.Delay(random.Exponential(50 * VirtualTime.Millisecond));
            List<SimulatedMember> serving = [.. cluster.Serving];
            if (serving.Count > 0)
            {
                await WatchAsync(random.Pick(serving));
            }
        }
    }

    private async Task WatchAsync(SimulatedMember member)
    {
        int life = member.Life;
        SimulatedWatchStream stream = new(member.Node!);
        if (!isFinishing && random.Percent(20))
        {
            watch = NewWatch();
        }

        watch.StartRevision = next;
        AuthIdentity root = new(AuthIdentity.Root, member.Node!.Auth.Revision);
        stream.Request(new WatchRequest { CreateRequest = watch }, new WatchCaller(root));
        cluster.Trace.Line(name, $"watches at {member.Name} from {next}: {watch}");
        bool isOver = false;
        while (!isOver && !IsDone && member.Life == life)
        {
            await cluster.Time.Delay(random.Exponential((random.Percent(5) ? 2_000 : 30) * VirtualTime.Millisecond));
            if (member.Life != life)
            {
                break;
            }

            isOver = Read(stream);
            if (random.Percent(10))
            {
                stream.Request(new WatchRequest { ProgressRequest = new WatchProgressRequest() }, WatchCaller.None);
            }

            isOver |= !isFinishing && random.Percent(3);
            IsDone = isFinishing && judge.IsAllTold(watch, next);
        }

        if (member.Life == life)
        {
            stream.Close();
        }
    }

    /// <summary>Reads what waits; true where the watch is over.</summary>
    private bool Read(SimulatedWatchStream stream)
    {
        foreach (WatchResponse response in stream.Read())
        {
            cluster.Trace.Mix((ulong)response.Events.Count, (ulong)(response.Header?.Revision ?? 0), (ulong)response.WatchId);
            if (response.CompactRevision > 0)
            {
                judge.TakeCompacted(watch, next, response);
                cluster.Trace.Line(name, $"is told that {response.CompactRevision} is compacted, after {next}");
                next = response.CompactRevision;
                return true;
            }

            if (response.Canceled)
            {
                // Users and roles may have changed between the request and its turn.
                cluster.Trace.Line(name, $"is told that the watch is over: {response.CancelReason}");
                return true;
            }

            if (response.Events.Count > 0)
            {
                next = judge.Take(watch, next, response);
            }
            else if (!response.Created)
            {
                judge.TakeProgress(watch, next, response);
                next = Math.Max(next, response.Header!.Revision + 1);
            }
        }

        return false;
    }

    private WatchCreateRequest NewWatch()
    {
        (string key, string end) = random.Percent(30) ? ("k0", "") : Intervals[random.Below(Intervals.Length)];
        WatchCreateRequest request = new()
        {
            Key = ByteString.CopyFromUtf8(key),
            RangeEnd = ByteString.CopyFromUtf8(end),
            PrevKv = random.Percent(50),
            ProgressNotify = random.Percent(50),
            WatchId = random.Percent(50) ? random.Between(1, 5) : 0,
        };
        if (random.Percent(20))
        {
            request.Filters.Add(
                random.Percent(50) ? WatchCreateRequest.Types.FilterType.Noput : WatchCreateRequest.Types.FilterType.Nodelete);
        }

        return request;
    }
}
