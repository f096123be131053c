using System.Globalization;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;

namespace Netcd.Tools.Ctl.Checking;

/// <summary><c>check</c>: whether a cluster is fast enough, and how much memory keys cost it.</summary>
internal sealed class CheckCommands(CtlContext context)
{
    private const int MegaByte = 1024 * 1024;
    private static readonly TimeSpan CleanupTime = TimeSpan.FromSeconds(30);

    private readonly BooleanFlag compacts = new("auto-compact", "Compact storage with last revision after test is finished.");
    private readonly BooleanFlag defragments = new("auto-defrag", "Defragment storage after test is finished.");

    public Command Create() => new Command("check <subcommand>", "commands for checking properties of the etcd cluster")
        .Add(Perf(), Datascale());

    private Command Perf()
    {
        TextFlag load = Load("performance");
        TextFlag prefix = new("prefix", "The prefix for writing the performance check's keys.", "/etcdctl-check-perf/");
        return new Command("perf [options]", "Check the performance of the etcd cluster")
        {
            Flags = [load, prefix, compacts, defragments],
            Run = _ =>
            {
                CheckLoad chosen = CheckLoad.Of(load.Value);
                return context.Run(_ => PerfAsync(chosen, prefix.Value));
            },
        };
    }

    private Command Datascale()
    {
        TextFlag load = Load("datascale");
        TextFlag prefix = new("prefix", "The prefix for writing the datascale check's keys.", "/etcdctl-check-datascale/");
        return new Command(
            "datascale [options]", "Check the memory usage of holding data for different workloads on a given server endpoint.")
        {
            Flags = [load, prefix, compacts, defragments],
            Run = _ =>
            {
                CheckLoad chosen = CheckLoad.Of(load.Value);
                return context.Run(_ => DatascaleAsync(chosen, prefix.Value));
            },
        };
    }

    private static TextFlag Load(string check) => new(
        "load", $"The {check} check's workload model. Accepted workloads: s(small), m(medium), l(large), xl(xLarge)", "s")
    {
        Choices = ["small", "medium", "large", "xLarge"],
    };

    private async Task<int> PerfAsync(CheckLoad load, string prefix)
    {
        PutLoad puts = new(context, load.Clients, prefix, nameBytes: 256, valueBytes: 1024);
        await using (puts.ConfigureAwait(false))
        {
            await CheckUnusedAsync(puts, $"Delete with 'etcdctl del --prefix {prefix}' first", prefix).ConfigureAwait(false);
            using EndRequest interruption = new();
            using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token);
            end.CancelAfter(load.Duration);
            using (new CheckProgress(context.Console, () => $"{puts.Result.Ended} puts of about {load.Duration.TotalSeconds * load.Rate}"))
            {
                await puts.RunAsync(put => AskAsync(put, new Pace(load.Rate), end.Token)).ConfigureAwait(false);
            }

            await CleanUpAsync(puts).ConfigureAwait(false);
            return PerfVerdict.Write(context.Output, puts.Result, load.Rate) ? ExitCodes.Success : ExitCodes.Failure;
        }
    }

    private static async Task AskAsync(Func<ValueTask> put, Pace pace, CancellationToken end)
    {
        while (await pace.WaitAsync(end).ConfigureAwait(false))
        {
            await put().ConfigureAwait(false);
        }
    }

    /// <summary>Failing to delete is part of the answer, as the check itself has been made.</summary>
    private async Task CleanUpAsync(PutLoad puts)
    {
        DeleteResult deleted;
        try
        {
            deleted = await puts.First.Keys
                .DeleteAsync(puts.Range, new DeleteOptions { Timeout = CleanupTime }).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            context.Output.WriteLine($"FAIL: Cleanup failed during key deletion: ERROR({CtlContext.TextOf(failure)})");
            return;
        }

        await UpkeepAsync(puts.First, deleted.Header.Revision).ConfigureAwait(false);
    }

    private async Task<int> DatascaleAsync(CheckLoad load, string prefix)
    {
        PutLoad puts = new(context, load.Clients, prefix, nameBytes: 512, valueBytes: 512);
        await using (puts.ConfigureAwait(false))
        {
            await CheckUnusedAsync(puts, $"Delete with etcdctl del --prefix {prefix} first", prefix).ConfigureAwait(false);
            double before = await MemoryAsync("before").ConfigureAwait(false);
            if (before == 0)
            {
                return ExitCodes.Failure;
            }

            context.Output.WriteLine(
                $"Start data scale check for work load [{load.Pairs} key-value pairs, 1024 bytes per key-value, "
                + $"{load.Clients} concurrent clients].");
            using (new CheckProgress(context.Console, () => $"{puts.Result.Ended} / {load.Pairs}"))
            {
                await puts.RunAsync(put => AskAsync(put, load.Pairs)).ConfigureAwait(false);
            }

            double after = await MemoryAsync("after").ConfigureAwait(false);
            return after == 0 ? ExitCodes.Failure : await EndAsync(puts, after - before).ConfigureAwait(false);
        }
    }

    private static async Task AskAsync(Func<ValueTask> put, int times)
    {
        for (int done = 0; done < times; done++)
        {
            await put().ConfigureAwait(false);
        }
    }

    private async Task<int> EndAsync(PutLoad puts, double used)
    {
        DeleteResult deleted = await puts.First.Keys.DeleteAsync(puts.Range).ConfigureAwait(false);
        await UpkeepAsync(puts.First, deleted.Header.Revision).ConfigureAwait(false);
        if (!PerfVerdict.WriteErrors(context.Output, puts.Result))
        {
            return ExitCodes.Failure;
        }

        string megaBytes = (used / MegaByte).ToString("F2", CultureInfo.InvariantCulture);
        context.Output.WriteLine($"PASS: Approximate system memory used : {megaBytes} MB.");
        return ExitCodes.Success;
    }

    private async Task<double> MemoryAsync(string moment)
    {
        EtcdClientOptions options = context.Flags.ToOptions(null, context.AskPassword);
        double bytes = await MemoryMetric.ReadAsync(options.Endpoints[0], options.Tls, context.Output).ConfigureAwait(false);
        if (bytes == 0)
        {
            context.Output.WriteLine($"FAIL: Could not read {MemoryMetric.Name} {moment} the put operations.");
        }

        return bytes;
    }

    private static async Task CheckUnusedAsync(PutLoad puts, string advice, string prefix)
    {
        if (!await puts.IsUnusedAsync().ConfigureAwait(false))
        {
            throw new CommandFailure(ExitCodes.InvalidInput, $"prefix {GoText.Quote(prefix)} has keys. {advice}");
        }
    }

    private async Task UpkeepAsync(EtcdClient client, long revision)
    {
        using CancellationTokenSource late = new(CleanupTime);
        try
        {
            if (compacts.Value)
            {
                context.Output.WriteLine($"Compacting with revision {revision}");
                await client.Keys.CompactAsync(revision, physical: true, late.Token).ConfigureAwait(false);
                context.Output.WriteLine($"Compacted with revision {revision}");
            }

            foreach (string endpoint in defragments.Value ? context.Flags.Endpoints.Values : [])
            {
                context.Output.WriteLine($"Defragmenting {GoText.Quote(endpoint)}");
                await client.Maintenance.DefragmentAsync(endpoint, late.Token).ConfigureAwait(false);
                context.Output.WriteLine($"Defragmented {GoText.Quote(endpoint)}");
            }
        }
        catch (OperationCanceledException)
        {
            throw new CommandFailure(ExitCodes.Failure, "context deadline exceeded");
        }
    }
}
