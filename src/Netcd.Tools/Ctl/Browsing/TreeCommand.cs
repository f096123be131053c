using System.Text;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Browsing;

/// <summary><c>tree</c>: keys as folders.</summary>
internal sealed class TreeCommand(CtlContext context)
{
    private const int PageSize = 1000;

    /// <summary>Values may be a thousand times as long as keys.</summary>
    private const int PageSizeWithValues = 100;

    private readonly TextFlag separator = new("separator", "what stands between the names of folders", "/");
    private readonly NumberFlag depth = new("depth", "how many levels are shown (0 for all)");
    private readonly BooleanFlag values = new("values", "show values behind their keys");
    private readonly BooleanFlag count = new("count", "show how many keys each folder holds");
    private readonly NumberFlag revision = new("rev", "the revision to show (0 for the newest)");

    public Command Create() => new("tree [options] [prefix]", "Shows keys as a tree of folders")
    {
        IsExtra = true,
        Flags = [separator, depth, values, count, revision],
        Examples =
        [
            new("tree --depth 2 --count", "the folders of the two upper levels, and how many keys each holds"),
            new("tree /registry/pods/ --values --rev 1200", "what was below a prefix at a revision"),
        ],
        Run = arguments =>
        {
            Check(arguments);
            return context.Run(client => ShowAsync(client, arguments.Count > 0 ? arguments[0] : ""));
        },
    };

    private void Check(IReadOnlyList<string> arguments)
    {
        string? fault = arguments.Count > 1 ? "tree command needs at most one argument, the prefix"
            : separator.Value.Length == 0 ? "--separator must not be empty"
            : depth.Value < 0 ? "--depth must not be negative"
            : revision.Value < 0 ? "--rev must not be negative"
            : null;
        if (fault is not null)
        {
            throw new CommandFailure(ExitCodes.BadArguments, fault);
        }
    }

    private async Task<int> ShowAsync(EtcdClient client, string prefix)
    {
        context.CheckFormat(OutputFormat.Simple);
        ScanOptions options = new()
        {
            Revision = revision.Value,
            KeysOnly = !values.Value,
            PageSize = values.Value ? PageSizeWithValues : PageSize,
        };
        byte[] name = Encoding.UTF8.GetBytes(prefix);
        KeyWindow window = new(client.Keys, KeyRange.Prefix(name), options);
        _ = await window.CurrentAsync().ConfigureAwait(false);
        context.Output.WriteLine(prefix.Length == 0 ? "." : PrintableText.Of(name, context.Flags.Hex.Value));
        TreeOptions shown = new(separator.Value, depth.Value, values.Value, count.Value, context.Flags.Hex.Value);
        TreeWalk walk = new(window, shown, context.Output);
        await walk.RunAsync(name).ConfigureAwait(false);
        context.Output.WriteLine();
        string folded = depth.Value > 0 ? " shown" : "";
        context.Output.WriteLine(
            $"{Counted(window.Total, "key")}, {Counted(walk.Folders, "folder")}{folded}, at revision {window.Revision}");
        return ExitCodes.Success;
    }

    private static string Counted(long number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}
