using Microsoft.Extensions.Logging;
using Netcd.Server.Configuration;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Upkeep;

/// <summary>What a member does of its own accord, as its options ask for it.</summary>
internal static class UpkeepTasks
{
    /// <summary>What a timer can wait for; longer is never, and shorter is at once.</summary>
    private static readonly TimeSpan LongestInterval = TimeSpan.FromDays(49);

    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>Runs it all until it is cancelled.</summary>
    public static Task RunAsync(
        ServerOptions options, EngineClient gate, ClusterHashes hashes, MemberPrograms programs, ILogger log, CancellationToken stop)
    {
        List<Task> tasks = [];
        AutoCompactor compactor = new(gate, TimeProvider.System, log);
        if (options.CompactionPeriod > TimeSpan.Zero)
        {
            tasks.Add(compactor.KeepPeriodAsync(options.CompactionPeriod, stop));
        }
        else if (options.CompactionRevisions > 0)
        {
            tasks.Add(compactor.KeepRevisionsAsync(options.CompactionRevisions, stop));
        }

        if (options.RecoversQuota)
        {
            tasks.Add(new QuotaRecovery(gate, compactor, TimeProvider.System, log).RunAsync(stop));
        }

        if (options.DowngradeCheckTime != TimeSpan.Zero)
        {
            DowngradeMonitor downgrades = new(gate, programs, TimeProvider.System, log);
            tasks.Add(downgrades.RunAsync(Limited(options.DowngradeCheckTime), stop));
        }

        CorruptionMonitor corruption = new(gate, hashes, log);
        if (options.CorruptCheckTime > TimeSpan.Zero)
        {
            tasks.Add(corruption.RunPeriodicAsync(Limited(options.CorruptCheckTime), stop));
        }

        if (options.CompactHashCheck)
        {
            tasks.Add(corruption.RunAfterCompactionsAsync(Limited(options.CompactHashCheckTime), stop));
        }

        return Task.WhenAll(tasks);
    }

    private static TimeSpan Limited(TimeSpan interval) =>
        interval < ShortestInterval ? ShortestInterval : interval > LongestInterval ? LongestInterval : interval;
}
