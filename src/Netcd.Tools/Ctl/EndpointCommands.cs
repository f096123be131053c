using Netcd.Client;
using Netcd.Client.Maintenance;
using Netcd.Engine.Backend;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary><c>endpoint</c> and what stands behind it.</summary>
internal sealed class EndpointCommands(CtlContext context)
{
    private static readonly string[] StatusTitles =
    [
        "endpoint", "ID", "version", "db size", "is leader", "is learner", "raft term", "raft index", "raft applied index", "errors",
    ];

    private readonly BooleanFlag cluster = new("cluster", "use all endpoints from the cluster member list");

    public Command Create() => new Command("endpoint <subcommand>", "Endpoint related commands") { SharedFlags = [cluster] }
        .Add(new EndpointHealthCommand(context, cluster).Create(), Status(), HashKv());

    private Command Status() => new("status", "Prints out the status of endpoints specified in `--endpoints` flag")
    {
        Run = _ => context.Run(async client =>
        {
            List<(string Endpoint, MemberStatus Status)> found = [];
            bool isComplete = true;
            foreach (string endpoint in await MeantEndpoints.OfAsync(context, client, cluster.Value).ConfigureAwait(false))
            {
                try
                {
                    found.Add((endpoint, await client.Maintenance.StatusAsync(endpoint).ConfigureAwait(false)));
                }
                catch (EtcdException failure)
                {
                    isComplete = false;
                    await context.ExplainAsync(failure, endpoint).ConfigureAwait(false);
                    context.Errors.WriteLine(
                        $"Failed to get the status of endpoint {endpoint} ({CtlContext.TextOf(failure)})");
                }
            }

            Of(found).Write(context.Format, context.Output);
            return isComplete ? ExitCodes.Success : ExitCodes.Failure;
        }),
    };

    private static Answer Of(List<(string Endpoint, MemberStatus Status)> found)
    {
        string[][] rows = [.. found.Select(static at => Row(at.Endpoint, at.Status))];
        return new Answer
        {
            Simple = output => Array.ForEach(rows, row => output.WriteLine(string.Join(", ", row))),
            Fields = output => found.ForEach(at => WriteFields(output, at.Endpoint, at.Status)),
            Table = (StatusTitles, rows),
            Json = "[" + string.Join(',', found.Select(static at =>
                $"{{\"Endpoint\":{GoJson.Quote(at.Endpoint)},\"Status\":{GoJson.Of(Messages.Of(at.Status))}}}")) + "]",
        };
    }

    private static string[] Row(string endpoint, MemberStatus status) =>
    [
        endpoint,
        status.Header.MemberId.ToString("x", System.Globalization.CultureInfo.InvariantCulture),
        status.Version,
        new ByteCount(status.DatabaseBytes).ToString(),
        Text(status.Leader == status.Header.MemberId),
        Text(status.IsLearner),
        $"{status.RaftTerm}",
        $"{status.RaftIndex}",
        $"{status.RaftAppliedIndex}",
        string.Join(", ", status.Errors),
    ];

    private static void WriteFields(TextWriter output, string endpoint, MemberStatus status)
    {
        KeyAnswers.Fields(output, status.Header);
        output.WriteLine($"\"Version\" : {GoText.Quote(status.Version)}");
        output.WriteLine($"\"DBSize\" : {status.DatabaseBytes}");
        output.WriteLine($"\"Leader\" : {status.Leader}");
        output.WriteLine($"\"IsLearner\" : {Text(status.IsLearner)}");
        output.WriteLine($"\"RaftIndex\" : {status.RaftIndex}");
        output.WriteLine($"\"RaftTerm\" : {status.RaftTerm}");
        output.WriteLine($"\"RaftAppliedIndex\" : {status.RaftAppliedIndex}");
        output.WriteLine($"\"Errors\" : [{string.Join(' ', status.Errors)}]");
        output.WriteLine($"\"Endpoint\" : {GoText.Quote(endpoint)}");
        output.WriteLine();
    }

    private Command HashKv()
    {
        NumberFlag revision = new("rev", "maximum revision to hash (default: all revisions)");
        return new Command("hashkv", "Prints the KV history hash for each endpoint in --endpoints")
        {
            Flags = [revision],
            Run = _ => context.Run(async client =>
            {
                List<(string Endpoint, HashKvResult Hash)> found = [];
                EtcdException? last = null;
                foreach (string endpoint in await MeantEndpoints.OfAsync(context, client, cluster.Value).ConfigureAwait(false))
                {
                    try
                    {
                        found.Add((endpoint, await client.Maintenance.HashKvAsync(endpoint, revision.Value).ConfigureAwait(false)));
                    }
                    catch (EtcdException failure)
                    {
                        last = failure;
                        await context.ExplainAsync(failure, endpoint).ConfigureAwait(false);
                        context.Errors.WriteLine($"Failed to get the hash of endpoint {endpoint} ({CtlContext.TextOf(failure)})");
                    }
                }

                Of(found).Write(context.Format, context.Output);
                return last is null ? ExitCodes.Success : throw last;
            }),
        };
    }

    private static Answer Of(List<(string Endpoint, HashKvResult Hash)> found)
    {
        string[][] rows = [.. found.Select(static at => (string[])[at.Endpoint, $"{at.Hash.Hash}"])];
        return new Answer
        {
            Simple = output => Array.ForEach(rows, row => output.WriteLine(string.Join(", ", row))),
            Fields = output => found.ForEach(at =>
            {
                KeyAnswers.Fields(output, at.Hash.Header);
                output.WriteLine($"\"Endpoint\" : {GoText.Quote(at.Endpoint)}");
                output.WriteLine($"\"Hash\" : {at.Hash.Hash}");
                output.WriteLine();
            }),
            Table = (["endpoint", "hash"], rows),
            Json = "[" + string.Join(',', found.Select(static at =>
                $"{{\"Endpoint\":{GoJson.Quote(at.Endpoint)},\"HashKV\":{GoJson.Of(Messages.Of(at.Hash))}}}")) + "]",
        };
    }

    private static string Text(bool value) => value ? "true" : "false";
}
