using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Netcd.Engine.Hashing;
using Netcd.Engine.Membership;
using Netcd.Engine.Metering;
using Netcd.Engine.Node;
using Netcd.Engine.Starting;
using Netcd.Protocol.Membershippb;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Server.EngineAccess;
using Netcd.Server.Flight;
using Netcd.Server.Peers;
using Netcd.Server.Running;
using Netcd.Server.Upkeep;
using Netcd.Storage.Disk;
using EngineMember = Netcd.Engine.Membership.Member;

namespace Netcd.Server.Tests.Upkeep;

/// <summary>A downgrade ends by itself when all members run what the cluster is taken down to, and not before.</summary>
public sealed class DowngradeMonitorTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(7);

    private readonly TemporaryFolder folder = new();
    private readonly CancellationTokenSource stop = new();
    private readonly FakeTimeProvider time = new();
    private readonly EtcdNode node;
    private readonly StageRunner runner;
    private readonly EngineClient gate;
    private int asked;

    public DowngradeMonitorTests()
    {
        NodeOptions options = new()
        {
            Name = "downgraded",
            DataDirectory = folder.At("data"),
            InitialCluster = new Dictionary<string, IReadOnlyList<string>> { ["downgraded"] = ["http://localhost:2380"] },
            AdvertiseClientUrls = ["http://localhost:2379"],
        };
        node = EtcdNode.Open(
            options, PhysicalDisk.Instance, new NodeEnvironment(static bound => bound - 1, new HashSeed(5, 6), NullLogger.Instance));
        CompletionQueue completions = new();
        gate = new EngineClient(node, completions, CallerIdentities.None);
        FlightRecorder flight = new(MonotonicClock.Still);
        runner = new StageRunner(
            node.Stages, flight, () => node.Position, completions.Flush, static (_, failure) => throw failure);
        runner.Start();
    }

    public void Dispose()
    {
        stop.Cancel();
        node.BeginStop();
        runner.Dispose();
        node.FailPending();
        node.Dispose();
        stop.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("3.6.0", true)]
    [InlineData("3.5.0", false)]
    public async Task It_looks_each_time_that_the_interval_has_passed(string target, bool isDone)
    {
        Task running = Monitor().RunAsync(Interval, stop.Token);
        await BeginAsync(target);
        time.Advance(Interval - TimeSpan.FromMilliseconds(1));
        Assert.Equal((0, target), (Volatile.Read(ref asked), node.Members.DowngradeTarget));
        await Poll.UntilAsync(() =>
        {
            time.Advance(Interval);
            return Task.FromResult(Volatile.Read(ref asked) >= 3 || node.Members.DowngradeTarget is null);
        });
        Assert.Equal(isDone ? null : target, node.Members.DowngradeTarget);
        Assert.False(running.IsCompleted);
    }

    private DowngradeMonitor Monitor() => new(gate, new MemberPrograms(node, AskAsync), time, NullLogger.Instance);

    private Task<MemberProgram?> AskAsync(EngineMember member, CancellationToken cancellation)
    {
        Interlocked.Increment(ref asked);
        return Task.FromResult<MemberProgram?>(new MemberProgram(new Version(3, 6, 2), IsNetcd: false));
    }

    private async Task BeginAsync(string target)
    {
        EngineMember learner = new(77, "", ["http://localhost:1"], [], IsLearner: true);
        InternalRaftRequest begin = new() { DowngradeInfoSet = new DowngradeInfoSetRequest { Enabled = true, Ver = target } };
        await Poll.UntilAsync(() => Task.FromResult(node.IsLeader));
        await gate.ChangeAsync(
            ConfChangeType.AddLearnerNode, new MemberId(77), new MemberChange(learner, IsPromotion: false), new CallContext(stop.Token));
        await gate.ProposeAsync<EmptyResponse>(begin, new CallContext(CancellationToken.None));
    }
}
