using Netcd.Client;
using Netcd.Client.Watching;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary><c>watch</c>: writes what changes, or runs a program for each change.</summary>
internal sealed class WatchCommand(CtlContext context)
{
    private const string KeyVariable = "ETCDCTL_WATCH_KEY";
    private const string EndVariable = "ETCDCTL_WATCH_RANGE_END";

    private readonly BooleanFlag prefix = new("prefix", "Watch on a prefix if prefix is set");
    private readonly NumberFlag revision = new("rev", "Revision to start watching");
    private readonly BooleanFlag previous = new("prev-kv", "get the previous key-value pair before the event happens");
    private readonly BooleanFlag progress = new("progress-notify", "get periodic watch progress notification from server");

    public Command Create() => new(
        "watch [options] [key or prefix] [range_end] [--] [exec-command arg1 arg2 ...]", "Watches events stream on keys or prefixes")
    {
        Flags = [prefix, revision, previous, progress],
        RunWithProgram = (arguments, program) =>
        {
            KeyRange range = RangeOf(Keys(arguments, program.Count > 0));
            return context.Run(client => WatchAsync(client, range, program), ExitCodes.Interrupted);
        },
    };

    /// <summary>The keys are arguments, or stand in the environment.</summary>
    private IReadOnlyList<string> Keys(IReadOnlyList<string> arguments, bool hasProgram)
    {
        string key = context.Environment(KeyVariable) ?? "", end = context.Environment(EndVariable) ?? "";
        if (key.Length == 0 && end.Length > 0)
        {
            throw Bad($"{KeyVariable} is empty but got {EndVariable}={GoText.Quote(end)}");
        }

        if (key.Length > 0 && arguments.Count > 0)
        {
            throw Bad("wrong number of arguments (found conflicting environment key)");
        }

        if (key.Length > 0)
        {
            return end.Length > 0 ? [key, end] : [key];
        }

        return arguments.Count > 0 || hasProgram ? arguments : throw Bad("bad number of arguments");
    }

    private KeyRange RangeOf(IReadOnlyList<string> keys)
    {
        if (keys.Count == 0)
        {
            throw Bad("bad number of arguments");
        }

        if (keys.Count == 2 && prefix.Value)
        {
            throw Bad("`range_end` and `--prefix` are mutually exclusive");
        }

        return KeyArguments.Range(keys, prefix.Value, fromKey: false);
    }

    private async Task<int> WatchAsync(EtcdClient client, KeyRange range, IReadOnlyList<string> program)
    {
        WatchOptions options = new()
        {
            StartRevision = Math.Max(0, revision.Value),
            PreviousValues = previous.Value,
            Progress = progress.Value,
            RequireLeader = true,
        };
        try
        {
            await foreach (WatchBatch batch in client.Watches.WatchAsync(range, options).ConfigureAwait(false))
            {
                Write(batch);
                foreach (WatchEvent change in program.Count > 0 ? batch.Events : [])
                {
                    RunFor(change, batch, program);
                }
            }
        }
        catch (EtcdException ended)
        {
            context.Errors.WriteLine($"watch was canceled ({CtlContext.TextOf(ended)})");
        }

        throw new CommandFailure(ExitCodes.Interrupted, "watch is canceled by the server");
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

    private static void RunFor(WatchEvent change, WatchBatch batch, IReadOnlyList<string> program)
    {
        int exitCode = ChildProcess.Run(program, new Dictionary<string, string>
        {
            ["ETCD_WATCH_REVISION"] = $"{batch.Header.Revision}",
            ["ETCD_WATCH_EVENT_TYPE"] = GoText.Quote(NameOf(change)),
            ["ETCD_WATCH_KEY"] = ByteText.Quote(change.KeyValue.Key),
            ["ETCD_WATCH_VALUE"] = ByteText.Quote(change.KeyValue.Value),
        });
        if (exitCode != 0)
        {
            string words = string.Join(' ', program.Select(GoText.Quote));
            throw new CommandFailure(ExitCodes.Failure, $"command [{words}] error (exit status {exitCode})");
        }
    }

    private static string NameOf(WatchEvent change) => change.Type == WatchEventType.Put ? "PUT" : "DELETE";

    private static CommandFailure Bad(string message) => new(ExitCodes.BadArguments, message);
}
