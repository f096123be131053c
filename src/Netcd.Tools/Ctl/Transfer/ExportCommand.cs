using System.Text;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;

namespace Netcd.Tools.Ctl.Transfer;

/// <summary><c>export</c>: keys as of a revision, as a document.</summary>
internal sealed class ExportCommand(CtlContext context)
{
    private const int PageSize = 200;

    private readonly NumberFlag revision = new("rev", "the revision to export (0 for the newest)");
    private readonly TextFlag format = new("format", "json or yaml", "json") { Choices = ["json", "yaml"] };
    private readonly TextFlag file = new("output", "the file to write, which gets its name when it is whole") { Shorthand = 'o' };

    public Command Create() => new("export [options] [prefix]", "Writes keys and values as a JSON or YAML document")
    {
        IsExtra = true,
        Flags = [revision, format, file],
        Examples =
        [
            new("export /config/ -o config.json", "the keys with a prefix as they are now"),
            new("export --rev 1200 --format yaml", "all keys as they were at a revision"),
        ],
        Run = arguments =>
        {
            string? fault = arguments.Count > 1 ? "export command needs at most one argument, the prefix"
                : revision.Value < 0 ? "--rev must not be negative"
                : format.Value is not ("json" or "yaml") ? $"--format must be json or yaml, not {GoText.Quote(format.Value)}"
                : null;
            if (fault is not null)
            {
                throw new CommandFailure(ExitCodes.BadArguments, fault);
            }

            string prefix = arguments.Count > 0 ? arguments[0] : "";
            return context.Run(client => file.Value is "" or "-"
                ? WriteAsync(client, prefix, context.Output)
                : SaveAsync(client, prefix, file.Value));
        },
    };

    private async Task<int> SaveAsync(EtcdClient client, string prefix, string path)
    {
        string part = path + ".part";
        try
        {
            StreamWriter output = new(part, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            await using (output.ConfigureAwait(false))
            {
                _ = await WriteAsync(client, prefix, output).ConfigureAwait(false);
            }

            File.Move(part, path, overwrite: true);
            return ExitCodes.Success;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            File.Delete(part);
            throw new CommandFailure(ExitCodes.Failure, $"could not write {path} ({failure.Message})");
        }
        catch (EtcdException)
        {
            File.Delete(part);
            throw;
        }
    }

    private async Task<int> WriteAsync(EtcdClient client, string prefix, TextWriter output)
    {
        KeyRange range = KeyRange.Prefix(prefix);
        long asked = revision.Value;
        if (asked == 0)
        {
            RangeOptions one = new() { Limit = 1, KeysOnly = true };
            asked = (await client.Keys.RangeAsync(range, one).ConfigureAwait(false)).Header.Revision;
        }

        ExportWriter writer = format.Value == "yaml" ? new YamlExport(output) : new JsonExport(output);
        bool isBegun = false;
        ScanOptions scan = new() { Revision = asked, PageSize = PageSize };
        await foreach (KeyValue found in client.Keys.ScanAsync(range, scan).ConfigureAwait(false))
        {
            if (!isBegun)
            {
                writer.Begin(asked, prefix);
                isBegun = true;
            }

            writer.Add(found);
        }

        if (!isBegun)
        {
            writer.Begin(asked, prefix);
        }

        _ = writer.End();
        return ExitCodes.Success;
    }
}
