using System.Diagnostics;
using Netcd.Client;
using Netcd.Client.Maintenance;
using Netcd.Engine.Text;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary><c>endpoint health</c>: whether members answer, and the cluster agrees with them.</summary>
internal sealed class EndpointHealthCommand(CtlContext context, BooleanFlag cluster)
{
    public Command Create() => new("health", "Checks the healthiness of endpoints specified in `--endpoints` flag")
    {
        Run = _ => context.Run(async client =>
        {
            IReadOnlyList<string> endpoints = await MeantEndpoints.OfAsync(context, client, cluster.Value).ConfigureAwait(false);
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
