using Microsoft.Extensions.Logging;
using Netcd.Protocol.Membershippb;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Node;

/// <summary>
/// An older program reads the log from the newest raft snapshot on, and ends where it finds a version that is newer than itself. So
/// operators may be asked to start it only when there is a snapshot behind the entry that had raised the version.
/// </summary>
public sealed class DowngradeReadinessTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_member_is_ready_to_be_replaced_by_an_older_program_when_its_snapshot_is_saved(int seed)
    {
        SimulatedDisk disk = new(keepLog: false);
        ReadyLog log = new(() => disk.List("/data/member/snap").Any(static name => name.EndsWith(".snap", StringComparison.Ordinal)));
        using SteppedNode node = new(disk, seed, log: log);
        Assert.Null(node.Run(Version("3.6.0")).Error);
        InternalRaftRequest downgrade = new() { DowngradeInfoSet = new DowngradeInfoSetRequest { Enabled = true, Ver = "3.5.0" } };
        Assert.Null(node.Run(downgrade).Error);
        Assert.Null(node.Run(Version("3.5.0")).Error);
        node.RunUntil(() => log.HadSnapshot.Count > 0, "ready to downgrade");
        node.RunFor(2_000);
        Assert.Equal([true], log.HadSnapshot);
    }

    private static InternalRaftRequest Version(string version) =>
        new() { ClusterVersionSet = new ClusterVersionSetRequest { Ver = version } };

    /// <summary>Looks at the disk whenever the member says that it is ready.</summary>
    private sealed class ReadyLog(Func<bool> hasSnapshot) : ILogger
    {
        public List<bool> HadSnapshot { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception) == "The server is ready to downgrade")
            {
                HadSnapshot.Add(hasSnapshot());
            }
        }
    }
}
