using Netcd.Client;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;

namespace Netcd.Tools.Ctl;

/// <summary><c>watch</c>: writes what changes, or runs a program for each change; or takes any number of watches from what is
/// typed.</summary>
internal sealed class WatchCommand(CtlContext context)
{
    private readonly BooleanFlag isInteractive = new("interactive", "Interactive mode") { Shorthand = 'i' };

    public Command Create()
    {
        WatchRequest request = new(context.Environment);
        return new Command(
            "watch [options] [key or prefix] [range_end] [--] [exec-command arg1 arg2 ...]", "Watches events stream on keys or prefixes")
        {
            Flags = [isInteractive, .. request.Flags],
            RunWithProgram = (arguments, program) =>
            {
                request.CheckEnvironment();
                if (isInteractive.Value)
                {
                    return context.Run(client => new WatchSession(context, client).RunAsync(), ExitCodes.Interrupted);
                }

                KeyRange range = request.Range(request.Keys(arguments, program));
                return context.Run(client => WatchAsync(client, range, request, program), ExitCodes.Interrupted);
            },
        };
    }

    private async Task<int> WatchAsync(EtcdClient client, KeyRange range, WatchRequest request, IReadOnlyList<string>? program)
    {
        bool isCanceled = await new WatchPrinter(context)
            .FollowAsync(client.Watches.WatchAsync(range, request.Options), program).ConfigureAwait(false);
        return isCanceled
            ? throw new CommandFailure(ExitCodes.Interrupted, "watch is canceled by the server")
            : ExitCodes.Failure;
    }
}
