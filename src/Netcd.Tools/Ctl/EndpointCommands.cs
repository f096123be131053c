using System.Diagnostics;
using Netcd.Client;
using Netcd.Client.Cluster;
using Netcd.Client.Maintenance;
using Netcd.Engine.Backend;
using Netcd.Engine.Text;
using Netcd.Tools.CommandLine;
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
        .Add(Health(), Status(), HashKv());

    /// <summary>The endpoints that are meant: those of the flag, or those of all members.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(CtlContext context, EtcdClient client, bool isCluster)
    {
        if (!isCluster)
        {
            return context.Flags.Endpoints.Values;
        }

        try
        {
            MemberList members = await client.Cluster.MembersAsync().ConfigureAwait(false);
            return [.. members.Members.SelectMany(static member => member.ClientUrls)];
        }
        catch (EtcdException failure)
        {
            throw new CommandFailure(
                ExitCodes.Failure, "failed to fetch endpoints from etcd cluster member list: " + CtlContext.TextOf(failure));
        }
    }

    private Command Status() => new("status", "Prints out the status of endpoints specified in `--endpoints` flag")
    {
        Run = _ => context.Run(async client =>
        {
            List<(string Endpoint, MemberStatus Status)> found = [];
            bool isComplete = true;
            foreach (string endpoint in await OfAsync(context, client, cluster.Value).ConfigureAwait(false))
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
                foreach (string endpoint in await OfAsync(context, client, cluster.Value).ConfigureAwait(false))
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

    private Command Health() => new("health", "Checks the healthiness of endpoints specified in `--endpoints` flag")
    {
        Run = _ => context.Run(async client =>
        {
            IReadOnlyList<string> endpoints = await OfAsync(context, client, cluster.Value).ConfigureAwait(false);
            EndpointHealth[] found = await Task.WhenAll(endpoints.Select(HealthOfAsync)).ConfigureAwait(false);
            Of(found, context.Errors).Write(context.Format, context.Output);
            return found.All(static health => health.IsHealthy)
                ? ExitCodes.Success
                : throw new CommandFailure(ExitCodes.Failure, "unhealthy cluster");
        }),
    };

    /// <summary>A read that the cluster has to agree on, of any key: whoever may not read it has been answered too.</summary>
    private async Task<EndpointHealth> HealthOfAsync(string endpoint)
    {
        EtcdClient client = context.Connect([endpoint]);
        await using (client.ConfigureAwait(false))
        {
            long began = Stopwatch.GetTimestamp();
            EtcdException? refusal = null;
            try
            {
                await client.Keys.GetAsync("health").ConfigureAwait(false);
            }
            catch (EtcdException failure) when (failure.Code != EtcdStatusCode.PermissionDenied)
            {
                refusal = failure;
            }
            catch (EtcdException)
            {
                // See above.
            }

            string took = GoDuration.ToText(Stopwatch.GetElapsedTime(began));
            if (refusal is null)
            {
                return new EndpointHealth(endpoint, took, await AlarmsAsync(client).ConfigureAwait(false));
            }

            await context.ExplainAsync(refusal, endpoint).ConfigureAwait(false);
            return new EndpointHealth(endpoint, took, CtlContext.TextOf(refusal));
        }
    }

    private static async Task<string> AlarmsAsync(EtcdClient client)
    {
        try
        {
            AlarmList raised = await client.Maintenance.AlarmsAsync().ConfigureAwait(false);
            return raised.Alarms.Count == 0
                ? ""
                : "Active Alarm(s): " + string.Concat(raised.Alarms.Select(static alarm =>
                    alarm.Kind.ToString().ToUpperInvariant() + " "));
        }
        catch (EtcdException)
        {
            return "Unable to fetch the alarm list";
        }
    }

    private static Answer Of(EndpointHealth[] found, TextWriter errors) => new()
    {
        Simple = output =>
        {
            foreach (EndpointHealth at in found)
            {
                (at.IsHealthy ? output : errors).WriteLine(at.IsHealthy
                    ? $"{at.Endpoint} is healthy: successfully committed proposal: took = {at.Took}"
                    : $"{at.Endpoint} is unhealthy: failed to commit proposal: {at.Error}");
            }
        },
        Fields = output => Array.ForEach(found, at =>
        {
            output.WriteLine($"\"Endpoint\" : {GoText.Quote(at.Endpoint)}");
            output.WriteLine($"\"Health\" : {Text(at.IsHealthy)}");
            output.WriteLine($"\"Took\" : {at.Took}");
            output.WriteLine($"\"Error\" : {at.Error}");
            output.WriteLine();
        }),
        Table = (["endpoint", "health", "took", "error"],
            [.. found.Select(static at => (string[])[at.Endpoint, Text(at.IsHealthy), at.Took, at.Error])]),
        Json = "[" + string.Join(',', found.Select(static at =>
            $"{{\"endpoint\":{GoJson.Quote(at.Endpoint)},\"health\":{Text(at.IsHealthy)},\"took\":{GoJson.Quote(at.Took)}"
            + (at.IsHealthy ? "}" : $",\"error\":{GoJson.Quote(at.Error)}}}"))) + "]",
    };

    private static string Text(bool value) => value ? "true" : "false";

    private sealed record EndpointHealth(string Endpoint, string Took, string Error)
    {
        public bool IsHealthy => Error.Length == 0;
    }
}
