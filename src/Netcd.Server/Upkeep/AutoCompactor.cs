using Microsoft.Extensions.Logging;
using Netcd.Engine.Node;
using Netcd.Engine.Upkeep;
using Netcd.Protocol.Errors;
using Netcd.Protocol.V3;
using Netcd.Server.EngineAccess;

namespace Netcd.Server.Upkeep;

/// <summary>
/// Compacts the history when a schedule says so, while this member leads; and when it is asked to, as far as the schedule lets it. The
/// calls are the member's own: no user is needed.
/// </summary>
/// <param name="gate">The engine.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where it logs what it does.</param>
internal sealed class AutoCompactor(EngineClient gate, TimeProvider time, ILogger log)
{
    private readonly EtcdNode node = gate.Node;
    private readonly long start = time.GetTimestamp();
    private readonly Lock turns = new();
    private ICompactionSchedule? running;

    private long Now => (long)time.GetElapsedTime(start).TotalMilliseconds;

    /// <summary>Keeps the history of a period, until it is cancelled.</summary>
    public Task KeepPeriodAsync(TimeSpan period, CancellationToken stop)
    {
        PeriodicCompaction schedule = new(Math.Max(1, (long)period.TotalMilliseconds), Now, node.Revision);
        return RunAsync(
            schedule,
            revision => log.StartingPeriodicCompaction(revision, period),
            (revision, took) => log.CompletedPeriodicCompaction(revision, period, took),
            (revision, error) => log.FailedPeriodicCompaction(
                revision, period, TimeSpan.FromMilliseconds(schedule.NextMilliseconds - Now), error),
            stop);
    }

    /// <summary>Keeps a number of revisions, until it is cancelled.</summary>
    public Task KeepRevisionsAsync(long kept, CancellationToken stop)
    {
        RevisionCompaction schedule = new(kept, Now);
        return RunAsync(
            schedule,
            revision => log.StartingRevisionCompaction(revision, kept),
            (revision, took) => log.CompletedRevisionCompaction(revision, kept, took),
            (revision, error) => log.FailedRevisionCompaction(
                revision, kept, TimeSpan.FromMilliseconds(schedule.NextMilliseconds - Now), error),
            stop);
    }

    /// <summary>Compacts all that need not be kept, whether this member leads or not, and waits until its room is free.</summary>
    /// <returns>The revision; null where nothing may be compacted that is not.</returns>
    /// <exception cref="EtcdException">The cluster did not agree on it.</exception>
    public async Task<long?> CompactExpendableAsync(CancellationToken stop)
    {
        long? target;
        lock (turns)
        {
            target = running?.Expendable(node.Revision);
        }

        if (target is not { } revision || revision <= node.CompactRevision)
        {
            return null;
        }

        await CompactAsync(revision, isPhysical: true, stop).ConfigureAwait(false);
        return revision;
    }

    private async Task RunAsync(
        ICompactionSchedule schedule,
        Action<long> starting,
        Action<long, TimeSpan> completed,
        Action<long, string> failed,
        CancellationToken stop)
    {
        running = schedule;
        while (true)
        {
            long wait = Math.Max(0, schedule.NextMilliseconds - Now);
            await Task.Delay(TimeSpan.FromMilliseconds(wait), time, stop).ConfigureAwait(false);
            long? target;
            lock (turns)
            {
                target = schedule.Look(Now, node.Revision, isPaused: !node.IsLeader);
            }

            if (target is not { } revision)
            {
                continue;
            }

            long before = Now;
            starting(revision);
            try
            {
                await CompactAsync(revision, isPhysical: false, stop).ConfigureAwait(false);
                schedule.Compacted(Now, revision);
                completed(revision, TimeSpan.FromMilliseconds(Now - before));
            }
            catch (EtcdException failure) when (!stop.IsCancellationRequested)
            {
                failed(revision, failure.Message);
            }
        }
    }

    /// <summary>What is compacted already, by whomever, is done.</summary>
    private async Task CompactAsync(long revision, bool isPhysical, CancellationToken stop)
    {
        InternalRaftRequest request = new() { Compaction = new CompactionRequest { Revision = revision, Physical = isPhysical } };
        try
        {
            await gate.ProposeAsync<CompactionResponse>(request, new CallContext(stop)).ConfigureAwait(false);
        }
        catch (EtcdException failure) when (failure.Error == EtcdErrors.Compacted)
        {
        }
    }
}
