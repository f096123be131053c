using Netcd.Client;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Live;

/// <summary><c>top</c>: how all members are, again and again.</summary>
internal sealed class TopCommand(CtlContext context)
{
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(1);

    private readonly DurationFlag interval = new("interval", "the time from one look to the next", TimeSpan.FromSeconds(1));
    private readonly NumberFlag count = new("count", "how often to look (0: until Ctrl-C)");
    private readonly BooleanFlag once = new("once", "look once, the same as --count 1");
    private readonly BooleanFlag cluster = new("cluster", "use all endpoints from the cluster member list");

    public Command Create() => new("top [options]", "Shows how all members are, and goes on showing it")
    {
        IsExtra = true,
        Flags = [interval, count, once, cluster],
        Examples =
        [
            new("top --cluster", "all members, until Ctrl-C"),
            new("top --endpoints 10.0.0.1:2379,10.0.0.2:2379 --count 2 -w json", "two looks for a program: the second has rates"),
        ],
        Run = arguments =>
        {
            string? fault = arguments.Count > 0 ? "top command accepts no arguments"
                : interval.Value < LeastInterval ? "--interval must be at least 100ms"
                : count.Value < 0 ? "--count must not be negative"
                : once.Value && count.Value > 1 ? "`--once` and `--count` cannot be set at the same time, choose one"
                : null;
            return fault is null ? context.Run(RunAsync) : throw new CommandFailure(ExitCodes.BadArguments, fault);
        },
    };

    private async Task<int> RunAsync(EtcdClient client)
    {
        context.CheckFormat(OutputFormat.Simple, OutputFormat.Json);
        IReadOnlyList<string> endpoints = await MeantEndpoints.OfAsync(context, client, cluster.Value).ConfigureAwait(false);
        TimeSpan limit = context.Flags.CommandTimeout.Value, patience = interval.Value > LeastPatience ? interval.Value : LeastPatience;
        ClusterView view = new(
            client, endpoints, endpoint => context.Connect([endpoint]), patience < limit ? patience : limit);
        await using (view.ConfigureAwait(false))
        {
            using EndRequest ending = new();
            using Screen? screen = context.Format == OutputFormat.Simple && Rounds != 1 && Terminal.ShowsOutput(context.Output)
                ? new Screen(context.Output, Terminal.Width)
                : null;
            try
            {
                await LookAsync(view, screen, ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (ending.Token.IsCancellationRequested)
            {
                // Asked to end: that is how it ends.
            }
        }

        return ExitCodes.Success;
    }

    /// <summary>How often it looks; 0 for ever.</summary>
    private long Rounds => once.Value ? 1 : count.Value;

    private async Task LookAsync(ClusterView view, Screen? screen, CancellationToken cancel)
    {
        using PeriodicTimer timer = new(interval.Value);
        for (long round = 1; ; round++)
        {
            Show(await view.LookAsync(cancel).ConfigureAwait(false), screen, isFirst: round == 1);
            if (round == Rounds)
            {
                return;
            }

            _ = await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false);
        }
    }

    private void Show(IReadOnlyList<MemberRow> rows, Screen? screen, bool isFirst)
    {
        DateTimeOffset now = DateTimeOffset.Now;
        if (context.Format == OutputFormat.Json)
        {
            context.Output.WriteLine(TopJson.Of(rows, now));
        }
        else if (screen is not null)
        {
            screen.Draw(TopText.Of(rows, now));
        }
        else
        {
            string gap = isFirst ? "" : "\n";
            context.Output.WriteLine(gap + string.Join("\n", TopText.Of(rows, now)));
        }
    }
}
