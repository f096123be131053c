using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Clusters;

/// <summary>A cluster of processes on loopback, each member behind a proxy that can cut it off.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    /// <summary>For tests in which nobody else may come to lead: a machine that stands still for two seconds changes no leader.</summary>
    public static readonly string[] SlowElections = ["--election-timeout", "3000", "--heartbeat-interval", "300"];

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(2);

    private readonly TemporaryFolder folder = new();
    private readonly string[] more;
    private volatile ClusterMember[] members = [];
    private Grpc.Core.Metadata headers = [];
    private int born;

    private ProcessCluster(string[] more) => this.more = more;

    /// <summary>A list that is never changed: clients go through it while members come and go.</summary>
    public IReadOnlyList<ClusterMember> Members => members;

    /// <summary>The members as <c>--initial-cluster</c> names them.</summary>
    public string InitialCluster => string.Join(',', Members.Select(member => member.Name + "=" + member.PeerUrl));

    /// <summary>Members that are not started yet.</summary>
    public static ProcessCluster Prepare(int members)
    {
        ProcessCluster cluster = new([]);
        cluster.members = [.. Enumerable.Range(0, members).Select(_ => cluster.NewMember(NetcdProgram.Path))];
        return cluster;
    }

    /// <summary>Starts a new cluster with one member for each program, and waits until all serve.</summary>
    public static async Task<ProcessCluster> StartAsync(IReadOnlyList<string> programs, params string[] more)
    {
        ProcessCluster cluster = new(more);
        try
        {
            foreach (string program in programs)
            {
                cluster.members = [.. cluster.members, cluster.NewMember(program)];
            }

            foreach (ClusterMember member in cluster.Members)
            {
                member.Start(cluster.InitialCluster, "new", more);
            }

            await Task.WhenAll(cluster.Members.Select(member => member.ReadyAsync()));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a cluster of netcd alone.</summary>
    public static Task<ProcessCluster> NetcdAsync(int members, params string[] more) =>
        StartAsync([.. Enumerable.Repeat(NetcdProgram.Path, members)], more);

    /// <summary>What this class asks members from now on it asks with a token.</summary>
    public void SignIn(string token)
    {
        headers = new Grpc.Core.Metadata { { "token", token } };
        foreach (ClusterMember member in members)
        {
            member.Headers = headers;
        }
    }

    /// <summary>Starts a member again on its directory.</summary>
    public async Task RestartAsync(ClusterMember member)
    {
        member.Start(InitialCluster, "new", more);
        await member.ReadyAsync();
    }

    /// <summary>Adds a member through another one, starts it and waits until it serves.</summary>
    public async Task<ClusterMember> AddAsync(string program, bool asLearner = false)
    {
        ClusterMember added = NewMember(program);
        await AddAsync(added, asLearner);
        return added;
    }

    /// <summary>Adds a member that has no data, under the name and the URLs that it has.</summary>
    public async Task AddAsync(ClusterMember added, bool asLearner = false)
    {
        MemberAddRequest request = new() { IsLearner = asLearner };
        request.PeerURLs.Add(added.PeerUrl);
        await RetryAsync(
            async via => await new Cluster.ClusterClient(via.Channel).MemberAddAsync(
                request, via.Headers, DateTime.UtcNow.AddSeconds(10)));
        members = [.. members, added];
        added.Start(InitialCluster, "existing", more);
        await added.ReadyAsync();
    }

    /// <summary>Starts a member as on the first day of the cluster, without waiting for it.</summary>
    public void StartAsNew(ClusterMember member) => member.Start(InitialCluster, "new", more);

    /// <summary>Gives a learner its vote as soon as it has come far enough.</summary>
    public Task PromoteAsync(ClusterMember learner) => RetryAsync(async via =>
    {
        ulong id = await IdOfAsync(learner);
        await new Cluster.ClusterClient(via.Channel).MemberPromoteAsync(
            new MemberPromoteRequest { ID = id }, via.Headers, DateTime.UtcNow.AddSeconds(10));
    });

    /// <summary>Removes a member through another one, and ends it.</summary>
    public async Task RemoveAsync(ClusterMember member)
    {
        ulong id = await IdOfAsync(member);
        await RetryAsync(
            async via =>
            {
                try
                {
                    await new Cluster.ClusterClient(via.Channel).MemberRemoveAsync(
                        new MemberRemoveRequest { ID = id }, via.Headers, DateTime.UtcNow.AddSeconds(10));
                }
                catch (RpcException failure) when (failure.StatusCode == StatusCode.NotFound)
                {
                    // An earlier attempt was answered too late.
                }
            },
            except: member);
        members = [.. members.Where(other => other != member)];
    }

    public static async Task<StatusResponse?> StatusAsync(ClusterMember member)
    {
        try
        {
            return await new Maintenance.MaintenanceClient(member.Channel).StatusAsync(
                new StatusRequest(), member.Headers, DateTime.UtcNow + CallTime);
        }
        catch (RpcException)
        {
            return null;
        }
    }

    /// <summary>What a member that runs answers, however long that takes on a busy machine.</summary>
    public static async Task<StatusResponse> SureStatusAsync(ClusterMember member)
    {
        StatusResponse? status = null;
        await Poll.UntilAsync(async () => (status = await StatusAsync(member)) is not null);
        return status!;
    }

    public async Task<ulong> IdOfAsync(ClusterMember member) =>
        (await StatusAsync(member))?.Header.MemberId
        ?? (await MembersAsync()).First(listed => listed.Name == member.Name || listed.PeerURLs.Contains(member.PeerUrl)).ID;

    public async Task<string> HexIdOfAsync(ClusterMember member) => (await IdOfAsync(member)).ToString("x", CultureInfo.InvariantCulture);

    /// <summary>The member that most members call their leader.</summary>
    public async Task<ClusterMember> LeaderAsync(ClusterMember? except = null)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < Deadline)
        {
            ClusterMember[] asked = [.. Members.Where(member => member.IsRunning && member != except)];
            StatusResponse?[] answers = await Task.WhenAll(asked.Select(StatusAsync));
            for (int i = 0; i < asked.Length; i++)
            {
                ulong id = answers[i]?.Header.MemberId ?? 0;
                if (id != 0 && answers.Count(answer => answer?.Leader == id) > Members.Count / 2)
                {
                    return asked[i];
                }
            }

            await Task.Delay(20);
        }

        throw new TimeoutException("no leader:\n" + Logs());
    }

    /// <summary>Moves the leadership to a member, through whoever has it: that may change just when it is asked.</summary>
    public Task MoveLeaderAsync(ClusterMember to) => Poll.UntilAsync(async () =>
    {
        ClusterMember from = await LeaderAsync();
        if (from == to)
        {
            return true;
        }

        try
        {
            await new Maintenance.MaintenanceClient(from.Channel).MoveLeaderAsync(
                new MoveLeaderRequest { TargetID = await IdOfAsync(to) }, from.Headers, DateTime.UtcNow.AddSeconds(10));
        }
        catch (RpcException)
        {
            // It does not lead any more, or the other one is not there yet.
        }

        return false;
    });

    public async Task<ClusterMember> FollowerAsync()
    {
        ClusterMember leader = await LeaderAsync();
        return Members.First(member => member.IsRunning && member != leader);
    }

    /// <summary>Waits until all running members stand at the same revision, and checks that they hold the same.</summary>
    public async Task AssertSameEverywhereAsync()
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (true)
        {
            HashKVResponse?[] sums = await Task.WhenAll(Members.Where(member => member.IsRunning).Select(SumAsync));
            if (Array.TrueForAll(
                sums, sum => sum is not null && sum.Header.Revision == sums[0]!.Header.Revision && sum.Hash == sums[0]!.Hash))
            {
                return;
            }

            Assert.True(
                clock.Elapsed < Deadline, $"members differ: {string.Join(", ", sums.Select(sum => sum?.ToString() ?? "none"))}\n{Logs()}");
            await Task.Delay(50);
        }
    }

    public async Task<IReadOnlyList<Member>> MembersAsync()
    {
        MemberListResponse? list = null;
        await RetryAsync(async via => list = await new Cluster.ClusterClient(via.Channel).MemberListAsync(
            new MemberListRequest { Linearizable = true }, via.Headers, DateTime.UtcNow + CallTime));
        return list!.Members;
    }

    public string Logs() =>
        string.Join('\n', Members.Select(member => $"---- {member.Name} {(member.IsRunning ? "" : "(ended)")}\n{Tail(member.Log)}"));

    public async ValueTask DisposeAsync()
    {
        foreach (ClusterMember member in Members)
        {
            await member.DisposeAsync();
        }

        folder.Dispose();
    }

    private static string Tail(string log) => log.Length > 6_000 ? log[^6_000..] : log;

    private static async Task<HashKVResponse?> SumAsync(ClusterMember member)
    {
        try
        {
            return await new Maintenance.MaintenanceClient(member.Channel).HashKVAsync(
                new HashKVRequest(), member.Headers, DateTime.UtcNow + CallTime);
        }
        catch (RpcException)
        {
            return null;
        }
    }

    /// <summary>A member with ports and a directory of its own, which is not started and belongs to no cluster yet.</summary>
    public ClusterMember NewMember(string program)
    {
        string name = "m" + ++born;
        return new ClusterMember(program, name, folder.At(name)) { Headers = headers };
    }

    /// <summary>Does something through one member after another until it succeeds: a leader may just be missing.</summary>
    private async Task RetryAsync(Func<ClusterMember, Task> action, ClusterMember? except = null)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (true)
        {
            foreach (ClusterMember via in Members.Where(member => member.IsRunning && member != except).ToArray())
            {
                try
                {
                    await action(via);
                    return;
                }
                catch (RpcException failure) when (clock.Elapsed < Deadline)
                {
                    lastFailure = failure;
                }
            }

            Assert.True(clock.Elapsed < Deadline, $"{lastFailure?.Status}\n{Logs()}");
            await Task.Delay(50);
        }
    }

    private RpcException? lastFailure;
}
