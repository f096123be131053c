using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Browsing;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Ctl.Live;
using Netcd.Tools.Ctl.Loading;
using Netcd.Tools.Ctl.Transfer;

namespace Netcd.Tools.Ctl;

/// <summary>The commands that etcdctl does not have.</summary>
internal static class ExtraCommands
{
    public static Command[] Create(CtlContext context) =>
    [
        new TreeCommand(context).Create(),
        new DiffCommand(context).Create(),
        new ExportCommand(context).Create(),
        new ImportCommand(context).Create(),
        new TopCommand(context).Create(),
        new LoadCommand(context).Create(),
    ];
}
