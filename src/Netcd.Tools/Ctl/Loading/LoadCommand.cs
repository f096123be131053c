using System.Security.Cryptography;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Loading;

/// <summary><c>load</c>: how fast a cluster is.</summary>
internal sealed class LoadCommand(CtlContext context)
{
    private const int MostConnections = 10;
    private const int UsualKeyLength = 32;

    private readonly NumberFlag clients = new("clients", "how many callers there are, each with one call under way", 10);
    private readonly NumberFlag connections = new("connections", "how many connections they share (0: one each, at most 10)");
    private readonly NumberFlag total = new("total", "how many calls to make (0: as many as fit into the time)");
    private readonly DurationFlag duration = new("duration", "how long to make calls", TimeSpan.FromSeconds(10));
    private readonly NumberFlag keySize = new("key-size", "bytes of a key, its prefix included (0: 32, or as many as it needs)");
    private readonly NumberFlag valueSize = new("val-size", "bytes of a value", 100);
    private readonly NumberFlag keySpace = new("key-space", "how many different keys", 1000);
    private readonly NumberFlag rate = new("rate", "calls a second of all clients (0: each as soon as its last was answered)");
    private readonly BooleanFlag linearizable = new("linearizable", "reads that the cluster agrees on", true);
    private readonly BooleanFlag serializable = new("serializable", "reads of what the member has, which may lag behind");
    private readonly TextFlag prefix = new("prefix", "what the keys begin with (an unused one below netcd-load/ if empty)");
    private readonly BooleanFlag keep = new("keep", "leave the keys in the store");

    public Command Create() => new("load [options] <put|get|mixed|txn|watch>", "Measures how fast the cluster answers under load")
    {
        IsExtra = true,
        Flags =
        [
            clients, connections, total, duration, keySize, valueSize, keySpace, rate, linearizable, serializable, prefix, keep,
        ],
        Examples =
        [
            new("load put --clients 50 --duration 30s", "writes, as many as the cluster takes"),
            new("load mixed --rate 500", "a write for three reads, 500 a second"),
            new("load watch --clients 100 --total 1000", "a thousand writes, and when 100 watches hear of them"),
        ],
        Run = arguments =>
        {
            LoadSettings settings = Read(arguments);
            return context.Run(client => RunAsync(client, settings));
        },
    };

    private LoadSettings Read(IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 1 || char.IsAsciiDigit(arguments[0].FirstOrDefault('0'))
            || !Enum.TryParse(arguments[0], ignoreCase: true, out LoadKind kind))
        {
            throw Bad("load command needs one argument: put, get, mixed, txn or watch");
        }

        if (serializable.Value && linearizable is { IsGiven: true, Value: true })
        {
            throw Bad("`--linearizable` and `--serializable` cannot be set at the same time, choose one");
        }

        int callers = Number(clients, 1, 100_000), keys = Number(keySpace, 1, 100_000_000);
        int most = Math.Min(callers, Number(connections, 0, 10_000) is > 0 and int given ? given : MostConnections);
        string name = prefix.Value.Length > 0
            ? prefix.Value
            : $"netcd-load/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}/";
        int least = LoadKeys.LeastLength(name, keys);
        int asked = Number(keySize, 0, 1 << 20), length = asked == 0 ? Math.Max(UsualKeyLength, least) : asked;
        int bytes = Number(valueSize, 0, 1 << 30);
        return length >= least
            ? new LoadSettings(
                kind,
                callers,
                most,
                Number(total, 0, int.MaxValue) is > 0 and int calls ? calls : null,
                total.Value > 0 && !duration.IsGiven ? TimeSpan.FromDays(1) : duration.Value,
                Number(rate, 0, 10_000_000),
                new LoadKeys(name, length, keys),
                kind == LoadKind.Watch ? Math.Max(bytes, WatchLoad.LeastValueBytes) : bytes,
                serializable.Value || !linearizable.Value)
            : throw Bad($"--key-size must be at least {least} for {keys} keys that begin with {GoText.Quote(name)}");
    }

    private static int Number(NumberFlag flag, int least, int most) => flag.Value >= least && flag.Value <= most
        ? (int)flag.Value
        : throw Bad($"--{flag.Name} must be a number from {least} to {most}");

    private static CommandFailure Bad(string message) => new(ExitCodes.BadArguments, message);

    private async Task<int> RunAsync(EtcdClient client, LoadSettings settings)
    {
        context.CheckFormat(OutputFormat.Simple, OutputFormat.Json);
        RangeResult there = await client.Keys.RangeAsync(settings.Keys.All, new RangeOptions { CountOnly = true }).ConfigureAwait(false);
        if (there.Count > 0)
        {
            throw Bad($"{there.Count} keys begin with {GoText.Quote(settings.Keys.Prefix)} already: give another --prefix");
        }

        using EndRequest ending = new();
        EtcdClient[] callers = [.. Enumerable.Range(0, settings.Connections).Select(_ => context.Connect())];
        try
        {
            return Tell(settings, await MeasureAsync(settings, callers, ending.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (ending.Token.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCodes.Interrupted, "broken off before anything was measured");
        }
        finally
        {
            foreach (EtcdClient caller in callers)
            {
                await caller.DisposeAsync().ConfigureAwait(false);
            }

            if (!keep.Value)
            {
                await DeleteAsync(client, settings).ConfigureAwait(false);
            }
        }
    }

    private async Task<LoadResult> MeasureAsync(LoadSettings settings, EtcdClient[] callers, CancellationToken cancel)
    {
        if (settings.Kind == LoadKind.Watch)
        {
            return await new WatchLoad(settings, callers, context.Flags.CommandTimeout.Value).RunAsync(cancel).ConfigureAwait(false);
        }

        if (settings.Kind != LoadKind.Put)
        {
            await new LoadCalls(settings).FillAsync(callers[0].Keys, cancel).ConfigureAwait(false);
        }

        return await new LoadRun(settings, callers).RunAsync(cancel).ConfigureAwait(false);
    }

    private int Tell(LoadSettings settings, LoadResult result)
    {
        context.Output.Write(
            context.Format == OutputFormat.Json ? LoadReport.Json(settings, result) + "\n" : LoadText.Of(settings, result));
        return result.Failures == 0
            ? ExitCodes.Success
            : throw new CommandFailure(ExitCodes.Failure, $"{result.Failures} calls failed; the first: {result.FirstFailure}");
    }

    private async Task DeleteAsync(EtcdClient client, LoadSettings settings)
    {
        try
        {
            await new LoadCalls(settings).DeleteAsync(client.Keys).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            context.Errors.WriteLine(
                $"could not delete the keys that begin with {GoText.Quote(settings.Keys.Prefix)}, do it yourself ({failure.Message})");
        }
    }
}
