using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Browsing;

namespace Netcd.Tools.Ctl;

/// <summary>The commands that etcdctl does not have.</summary>
internal static class ExtraCommands
{
    public static Command[] Create(CtlContext context) =>
    [
        new TreeCommand(context).Create(),
        new DiffCommand(context).Create(),
    ];
}
