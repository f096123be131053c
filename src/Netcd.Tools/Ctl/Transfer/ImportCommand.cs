using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Transfer;

/// <summary><c>import</c>: writes what an export holds.</summary>
internal sealed class ImportCommand(CtlContext context)
{
    private const int DefaultOperations = 128;

    private readonly BooleanFlag dryRun = new("dry-run", "say what would be written, and write nothing");
    private readonly TextFlag prefix = new("prefix", "import only keys with this prefix");
    private readonly TextFlag destination = new("dest-prefix", "the prefix that keys get in place of the one they have");
    private readonly BooleanFlag prune = new("prune", "delete keys with the prefix that are not in the export");
    private readonly NumberFlag operations = new("max-txn-ops", "how many operations a transaction may have", DefaultOperations);

    public Command Create() => new("import [options] <file> (- for standard input)", "Writes the keys and values of an export")
    {
        IsExtra = true,
        Flags = [dryRun, prefix, destination, prune, operations],
        Examples =
        [
            new("import config.json --dry-run", "what an export would change"),
            new("import config.json --prune", "make the keys with the export's prefix what they were"),
            new("import config.json --dest-prefix /copy/", "the keys by other names"),
        ],
        Run = arguments =>
        {
            if (arguments.Count != 1)
            {
                throw new CommandFailure(ExitCodes.BadArguments, "import command needs one argument, the file (- for standard input)");
            }

            if (operations.Value is < 1 or > int.MaxValue)
            {
                throw new CommandFailure(ExitCodes.BadArguments, "--max-txn-ops must be above zero");
            }

            ExportFile file = Read(arguments[0]);
            ImportScope scope = ImportScope.Of(
                file, prefix.IsGiven ? prefix.Value : null, destination.IsGiven ? destination.Value : null, prune.Value);
            return context.Run(client => ImportAsync(client, scope, scope.Of(file)));
        },
    };

    private ExportFile Read(string path)
    {
        try
        {
            return ExportParser.Parse(path == "-" ? FromInput() : File.ReadAllBytes(path));
        }
        catch (DocumentException broken)
        {
            string name = path == "-" ? "standard input" : path;
            throw new CommandFailure(ExitCodes.InvalidInput, $"{name}:{broken.Line}:{broken.Column}: {broken.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCodes.InvalidInput, $"could not read {path} ({failure.Message})");
        }
    }

    private byte[] FromInput()
    {
        if (context.Input is not StreamReader reader)
        {
            return System.Text.Encoding.UTF8.GetBytes(context.Input.ReadToEnd());
        }

        using MemoryStream bytes = new();
        reader.BaseStream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private async Task<int> ImportAsync(EtcdClient client, ImportScope scope, IReadOnlyList<ExportedKey> wanted)
    {
        context.CheckFormat(OutputFormat.Simple, OutputFormat.Json);
        ImportPlan plan = new(client.Keys, (int)operations.Value);
        await plan.PutAsync(wanted).ConfigureAwait(false);
        if (prune.Value)
        {
            await plan.PruneAsync(scope.Range, wanted).ConfigureAwait(false);
        }

        if (dryRun.Value)
        {
            Show(plan);
        }
        else
        {
            await WriteAsync(client, plan).ConfigureAwait(false);
        }

        Summarize(plan, wanted.Count(static key => key.HasLease));
        return ExitCodes.Success;
    }

    private static async Task WriteAsync(EtcdClient client, ImportPlan plan)
    {
        int done = 0;
        foreach (PlannedWrite[] some in plan.Transactions())
        {
            try
            {
                Operation[] writes = [.. some.Select(static write => write.ToOperation())];
                await client.Keys.CommitAsync(Transaction.Of(writes)).ConfigureAwait(false);
            }
            catch (EtcdException failure) when (done > 0)
            {
                throw new CommandFailure(
                    ExitCodes.Failure,
                    $"{CtlContext.TextOf(failure)} (after {done} of {plan.Writes.Count} keys; the same command again writes the rest)");
            }

            done += some.Length;
        }
    }

    private void Show(ImportPlan plan)
    {
        foreach (PlannedWrite write in context.Format == OutputFormat.Simple ? plan.Writes : [])
        {
            string what = write.Value is null ? "delete" : write.IsNew ? "put (new)" : "put (changed)";
            context.Output.WriteLine($"{what} {PrintableText.Of(write.Key, context.Flags.Hex.Value)}");
        }
    }

    private void Summarize(ImportPlan plan, int leased)
    {
        int put = plan.Writes.Count(static write => write.Value is not null), deleted = plan.Writes.Count - put;
        new Answer
        {
            Simple = output => output.WriteLine(dryRun.Value
                ? $"would put {put} and delete {deleted} keys; {plan.Equal} have their value already"
                : $"put {put} and deleted {deleted} keys; {plan.Equal} had their value already"),
            Json = $"{{\"dry_run\":{(dryRun.Value ? "true" : "false")},\"put\":{put},\"deleted\":{deleted},\"equal\":{plan.Equal}"
                + $",\"leases_left_out\":{leased}}}",
        }.Write(context.Format, context.Output);
        if (leased > 0)
        {
            context.Errors.WriteLine($"{leased} keys hung on leases when they were exported; leases are not restored");
        }
    }
}
