using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary>Writes what watches report, and runs a program for each change. Several watches may do so at once.</summary>
internal sealed class WatchPrinter(CtlContext context)
{
    private readonly Lock gate = new();

    /// <summary>Follows a watch to its end.</summary>
    /// <param name="batches">What it reports.</param>
    /// <param name="program">What is run for each change; null for nothing.</param>
    /// <returns>Whether it was ended by the server; else a program failed.</returns>
    public async Task<bool> FollowAsync(IAsyncEnumerable<WatchBatch> batches, IReadOnlyList<string>? program)
    {
        using CancellationTokenSource begun = new();
        Task hint = HintAsync(begun.Token);
        try
        {
            await foreach (WatchBatch batch in batches.ConfigureAwait(false))
            {
                if (batch.Kind == WatchBatchKind.Created)
                {
                    await begun.CancelAsync().ConfigureAwait(false);
                    continue;
                }

                lock (gate)
                {
                    Write(batch);
                }

                if (program is not null && batch.Events.Any(change => !TryRun(change, batch, program)))
                {
                    return false;
                }
            }
        }
        catch (EtcdException ended)
        {
            context.Errors.WriteLine($"watch was canceled ({CtlContext.TextOf(ended)})");
        }
        finally
        {
            await begun.CancelAsync().ConfigureAwait(false);
            await hint.ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Says why nothing is watched yet, once, when a call would have failed. The watch goes on waiting, as etcdctl's
    /// does.</summary>
    private async Task HintAsync(CancellationToken begun)
    {
        await Task.Delay(context.Flags.CallTime, begun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!begun.IsCancellationRequested)
        {
            context.Errors.WriteLine($"hint: nothing is watched yet, {await context.FindHintAsync().ConfigureAwait(false)}");
        }
    }

    private void Write(WatchBatch batch)
    {
        if (batch.Kind == WatchBatchKind.Progress)
        {
            context.Output.WriteLine($"progress notify: {batch.Revision}");
        }

        new Answer
        {
            Simple = output => WriteSimple(output, batch),
            Fields = output => WriteFields(output, batch),
            Json = JsonOf(batch),
        }.Write(context.Format, context.Output);
    }

    private void WriteSimple(TextWriter output, WatchBatch batch)
    {
        KeyAnswers keys = new(context.Flags.Hex.Value);
        foreach (WatchEvent change in batch.Events)
        {
            output.WriteLine(NameOf(change));
            if (change.Previous is { } before)
            {
                keys.Simple(output, before);
            }

            keys.Simple(output, change.KeyValue);
        }
    }

    private static void WriteFields(TextWriter output, WatchBatch batch)
    {
        KeyAnswers.Fields(output, batch.Header);
        foreach (WatchEvent change in batch.Events)
        {
            output.WriteLine($"\"Type\" : {NameOf(change)}");
            if (change.Previous is { } before)
            {
                KeyAnswers.Fields(output, before, "Prev");
            }

            KeyAnswers.Fields(output, change.KeyValue);
        }
    }

    private static string JsonOf(WatchBatch batch)
    {
        IEnumerable<string> events = batch.Events.Select(static change => GoJson.Of(new Protocol.V3.Event
        {
            Type = (Protocol.V3.Event.Types.EventType)change.Type,
            Kv = Messages.Of(change.KeyValue),
            PrevKv = change.Previous is { } before ? Messages.Of(before) : null,
        }));
        string list = batch.Events.Count == 0 ? "null" : "[" + string.Join(',', events) + "]";
        return $"{{\"Header\":{GoJson.Of(Messages.Of(batch.Header))},\"Events\":{list}"
            + ",\"CompactRevision\":0,\"Canceled\":false,\"Created\":false}";
    }

    private bool TryRun(WatchEvent change, WatchBatch batch, IReadOnlyList<string> program)
    {
        (_, string? fault) = ChildProcess.Run(program, new Dictionary<string, string>
        {
            ["ETCD_WATCH_REVISION"] = $"{batch.Header.Revision}",
            ["ETCD_WATCH_EVENT_TYPE"] = GoText.Quote(NameOf(change)),
            ["ETCD_WATCH_KEY"] = ByteText.Quote(change.KeyValue.Key),
            ["ETCD_WATCH_VALUE"] = ByteText.Quote(change.KeyValue.Value),
        });
        if (fault is not null)
        {
            context.Errors.WriteLine($"command [{string.Join(' ', program.Select(GoText.Quote))}] error ({fault})");
        }

        return fault is null;
    }

    private static string NameOf(WatchEvent change) => change.Type == WatchEventType.Put ? "PUT" : "DELETE";
}
