using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Engine.Text;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary><c>get</c>, <c>put</c>, <c>del</c> and <c>compaction</c>.</summary>
internal sealed class KeyCommands(CtlContext context)
{
    private KeyAnswers Answers => new(context.Flags.Hex.Value);

    public Command[] Create() => [Get(), Put(), Delete(), Compaction()];

    private Command Get()
    {
        GetRequest request = new();
        return new Command("get [options] <key> [range_end]", "Gets the key or a range of keys")
        {
            Flags = request.Flags,
            Run = arguments =>
            {
                (KeyRange range, RangeOptions options) = request.Read(arguments);
                return context.Run(async client =>
                {
                    RangeResult result = await client.Keys.RangeAsync(range, options).ConfigureAwait(false);
                    CheckFormat(request);
                    return new KeyAnswers(context.Flags.Hex.Value, request.ValuesOnly.Value).Of(result);
                });
            },
        };
    }

    private void CheckFormat(GetRequest request)
    {
        if (request.IsCountOnly && context.Format is not (OutputFormat.Fields or OutputFormat.Json))
        {
            throw new CommandFailure(ExitCodes.BadArguments, "--count-only is only for `--write-out=fields`");
        }

        if (request.ValuesOnly.Value && context.Format != OutputFormat.Simple)
        {
            throw new CommandFailure(ExitCodes.BadArguments, "print-value-only is only for `--write-out=simple`");
        }
    }

    private Command Put()
    {
        PutRequest request = new();
        return new Command("put [options] <key> <value> (<value> can also be given from stdin)", "Puts the given key into the store")
        {
            Flags = request.Flags,
            Run = arguments =>
            {
                (byte[] key, byte[] value, PutOptions options) = request.Read(arguments, context.Input);
                return context.Run(async client =>
                    Answers.Of(await client.Keys.PutAsync(key, value, options).ConfigureAwait(false)));
            },
        };
    }

    private Command Delete()
    {
        DeleteRequest request = new();
        return new Command("del [options] <key> [range_end]", "Removes the specified key or range of keys [key, range_end)")
        {
            Flags = request.Flags,
            Run = arguments =>
            {
                (KeyRange range, DeleteOptions options) = request.Read(arguments);
                return context.Run(async client =>
                    Answers.Of(await client.Keys.DeleteAsync(range, options).ConfigureAwait(false)));
            },
        };
    }

    private Command Compaction()
    {
        BooleanFlag physical = new("physical", "'true' to wait for compaction to physically remove all old revisions");
        return new Command("compaction [options] <revision>", "Compacts the event history in etcd")
        {
            Flags = [physical],
            Run = arguments =>
            {
                if (arguments.Count != 1)
                {
                    throw new CommandFailure(ExitCodes.BadArguments, "compaction command needs 1 argument");
                }

                string? fault = GoNumber.TryReadSigned(arguments[0], 10, out long revision);
                if (GoText.NumberFault("ParseInt", arguments[0], fault) is { } message)
                {
                    throw new CommandFailure(ExitCodes.Failure, message);
                }

                return context.Run(async client =>
                {
                    await client.Keys.CompactAsync(revision, physical.Value).ConfigureAwait(false);
                    context.Output.WriteLine($"compacted revision {revision}");
                    return ExitCodes.Success;
                });
            },
        };
    }
}
