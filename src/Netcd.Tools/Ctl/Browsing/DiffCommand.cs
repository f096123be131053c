using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Engine.Text;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Browsing;

/// <summary><c>diff</c>: what was added, changed and deleted between two revisions.</summary>
internal sealed class DiffCommand(CtlContext context)
{
    private const int PageSize = 200;

    private readonly BooleanFlag keysOnly = new("keys-only", "show the keys without their values");

    public Command Create() => new("diff [options] <revision> <revision> [prefix]", "Shows what changed between two revisions")
    {
        IsExtra = true,
        Flags = [keysOnly],
        Examples =
        [
            new("diff 1200 0", "what changed since revision 1200 (0 is now)"),
            new("diff 1200 1300 /registry/ --keys-only -w json", "the same for a program, of keys with a prefix"),
        ],
        Run = arguments =>
        {
            if (arguments.Count is < 2 or > 3)
            {
                throw new CommandFailure(
                    ExitCodes.BadArguments, "diff command needs two revisions as arguments (0 for now) and an optional prefix");
            }

            (long from, long to) = (Revision(arguments[0]), Revision(arguments[1]));
            KeyRange range = KeyRange.Prefix(arguments.Count > 2 ? arguments[2] : "");
            return context.Run(client => ShowAsync(client, range, from, to));
        },
    };

    private static long Revision(string text) => GoNumber.TryReadSigned(text, out long revision) is null && revision >= 0
        ? revision
        : throw new CommandFailure(ExitCodes.BadArguments, $"bad revision {GoText.Quote(text)}: it must be a number from 0 on");

    private async Task<int> ShowAsync(EtcdClient client, KeyRange range, long from, long to)
    {
        context.CheckFormat(OutputFormat.Simple, OutputFormat.Json);
        if (from == 0 || to == 0)
        {
            RangeOptions one = new() { Limit = 1, KeysOnly = true };
            long now = (await client.Keys.RangeAsync(range, one).ConfigureAwait(false)).Header.Revision;
            (from, to) = (from == 0 ? now : from, to == 0 ? now : to);
        }

        IDiffWriter writer = context.Format == OutputFormat.Json
            ? new JsonDiffWriter(context.Output, from, to)
            : new SimpleDiffWriter(context.Output, from, to, !keysOnly.Value, context.Flags.Hex.Value);
        IAsyncEnumerable<KeyChange> changes = StateDifference.OfAsync(Scan(client, range, from), Scan(client, range, to));
        await foreach (KeyChange change in changes.ConfigureAwait(false))
        {
            writer.Write(change);
        }

        writer.End();
        return ExitCodes.Success;
    }

    private IAsyncEnumerable<KeyValue> Scan(EtcdClient client, KeyRange range, long revision) => client.Keys.ScanAsync(
        range, new ScanOptions { Revision = revision, KeysOnly = keysOnly.Value, PageSize = PageSize });
}
