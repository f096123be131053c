using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Client.Watching;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Mirroring;

/// <summary>
/// Keeps a copy of a prefix in another cluster: what there is, all of one revision, and then each revision as one transaction. It outlives
/// members of both clusters that go and come again.
/// </summary>
/// <param name="source">The cluster that is copied.</param>
/// <param name="destination">The keys of the other.</param>
/// <param name="plan">What is copied, and how.</param>
/// <param name="count">Counts what was written.</param>
/// <param name="errors">Is told when the destination does not answer.</param>
internal sealed class Mirror(EtcdClient source, IKeyValues destination, MirrorPlan plan, RunningCount count, TextWriter errors)
{
    /// <summary>Servers refuse requests of 1.5 MiB; a value may be as large as that by itself.</summary>
    private const int PartBytes = 512 * 1024;

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly KeyRange range = KeyRange.Prefix(plan.Prefix);
    private bool hasWritten;

    /// <summary>Shows how far the first copy is; it is over when that is made.</summary>
    public ProgressLine? Progress { get; init; }

    /// <summary>Copies until something fails that does not pass.</summary>
    public async Task RunAsync()
    {
        long next = plan.FirstRevision > 1 ? plan.FirstRevision : await CopyAsync().ConfigureAwait(false) + 1;
        Progress?.Dispose();
        WatchOptions options = new() { StartRevision = next, RequireLeader = true };
        await foreach (WatchBatch batch in source.Watches.WatchAsync(range, options).ConfigureAwait(false))
        {
            int most = plan.MostOperations == 0 ? batch.Events.Count : plan.MostOperations;
            foreach (WatchEvent[] part in batch.Events.Chunk(Math.Max(1, most)))
            {
                await WriteAsync([.. part.Select(OperationOf)]).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Copies all keys as they are at one revision, which it gives.</summary>
    private async Task<long> CopyAsync()
    {
        RangeResult first = await source.Keys.RangeAsync(range, new RangeOptions { KeysOnly = true, Limit = 1 }).ConfigureAwait(false);
        long revision = first.Header.Revision, bytes = 0, copied = 0;
        List<Operation> part = [];
        await foreach (KeyValue found in source.Keys.ScanAsync(range, new ScanOptions { Revision = revision }).ConfigureAwait(false))
        {
            Progress?.Report("copying", copied++, first.Count, "keys");
            part.Add(Operation.Put(plan.KeyOf(found.Key), found.Value));
            bytes += found.Key.Length + found.Value.Length;
            if (part.Count == plan.MostPuts || bytes > PartBytes)
            {
                await WriteAsync(part).ConfigureAwait(false);
                part.Clear();
                bytes = 0;
            }
        }

        if (part.Count > 0)
        {
            await WriteAsync(part).ConfigureAwait(false);
        }

        return revision;
    }

    private Operation OperationOf(WatchEvent change)
    {
        byte[] key = plan.KeyOf(change.KeyValue.Key);
        return change.Type == WatchEventType.Put ? Operation.Put(key, change.KeyValue.Value) : Operation.Delete(key);
    }

    /// <summary>
    /// Writes a part. It says what keys are to be, whatever they were, so it is written again where nobody knows whether it was. The first
    /// one is not: whoever has just named a wrong destination wants to be told.
    /// </summary>
    private async Task WriteAsync(List<Operation> operations)
    {
        bool isWaiting = false;
        while (true)
        {
            try
            {
                await destination.CommitAsync(Transaction.Of([.. operations])).ConfigureAwait(false);
                break;
            }
            catch (EtcdException failure) when (hasWritten && failure is (EtcdUnavailableException or AmbiguousOutcomeException))
            {
                if (!isWaiting)
                {
                    Progress?.MakeRoom();
                    await errors.WriteLineAsync($"the destination does not answer ({CtlContext.TextOf(failure)}): trying until it does")
                        .ConfigureAwait(false);
                }

                isWaiting = true;
                await Task.Delay(RetryPause).ConfigureAwait(false);
            }
        }

        if (isWaiting)
        {
            Progress?.MakeRoom();
            await errors.WriteLineAsync("the destination answers again").ConfigureAwait(false);
        }

        hasWritten = true;
        count.Add(operations.Count);
    }
}
