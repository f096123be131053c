using Microsoft.Extensions.Logging;
using Netcd.Server.Configuration;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Upkeep;

/// <summary>What a member does of its own accord, as its options ask for it.</summary>
internal static class UpkeepTasks
{
    /// <summary>Runs it all until it is cancelled.</summary>
    public static Task RunAsync(ServerOptions options, EngineClient gate, ILogger log, CancellationToken stop)
    {
        List<Task> tasks = [];
        if (options.CompactionPeriod > TimeSpan.Zero)
        {
            tasks.Add(new AutoCompactor(gate, TimeProvider.System, log).KeepPeriodAsync(options.CompactionPeriod, stop));
        }

        if (options.CompactionRevisions > 0)
        {
            tasks.Add(new AutoCompactor(gate, TimeProvider.System, log).KeepRevisionsAsync(options.CompactionRevisions, stop));
        }

        return Task.WhenAll(tasks);
    }
}
