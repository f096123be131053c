using Netcd.Client;
using Netcd.Client.Maintenance;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary><c>alarm</c>, <c>defrag</c>, <c>snapshot save</c>, <c>move-leader</c> and <c>downgrade</c>.</summary>
internal sealed class MaintenanceCommands(CtlContext context)
{
    public Command[] Create() =>
    [
        new Command("alarm <subcommand>", "Alarm related commands").Add(AlarmList(), AlarmDisarm()),
        Defragment(),
        new Command("snapshot <subcommand>", "Manages etcd node snapshots").Add([Save(), .. new MovedCommands(context).OfSnapshots()]),
        MoveLeader(),
        new Command("downgrade <TARGET_VERSION>", "Downgrade related commands").Add(
            Downgrade("validate <TARGET_VERSION>", "Validate downgrade capability before starting downgrade", DowngradeAction.Validate),
            Downgrade("enable <TARGET_VERSION>", "Start a downgrade action to cluster", DowngradeAction.Enable),
            Downgrade("cancel", "Cancel the ongoing downgrade action to cluster", DowngradeAction.Cancel)),
    ];

    private Command AlarmList() => new("list", "Lists all alarms")
    {
        Run = arguments => Alarms(arguments, "alarm list", static maintenance => maintenance.AlarmsAsync(), Messages.Of),
    };

    private Command AlarmDisarm() => new("disarm", "Disarms all alarms")
    {
        Run = arguments => Alarms(arguments, "alarm disarm", DisarmAsync, static lifted =>
        {
            // It is the sum of several answers, and so has no header.
            Protocol.V3.AlarmResponse message = Messages.Of(lifted);
            message.Header = null;
            return message;
        }),
    };

    /// <summary>Lifts each alarm that is raised; what was lifted is the answer.</summary>
    private static async Task<AlarmList> DisarmAsync(IMaintenance maintenance)
    {
        AlarmList raised = await maintenance.AlarmsAsync().ConfigureAwait(false);
        List<Alarm> lifted = [];
        foreach (Alarm alarm in raised.Alarms)
        {
            lifted.AddRange((await maintenance.DisarmAsync(alarm).ConfigureAwait(false)).Alarms);
        }

        return raised with { Alarms = lifted };
    }

    private int Alarms(
        IReadOnlyList<string> arguments,
        string command,
        Func<IMaintenance, Task<AlarmList>> call,
        Func<AlarmList, Protocol.V3.AlarmResponse> message)
    {
        if (arguments.Count > 0)
        {
            throw new CommandFailure(ExitCodes.BadArguments, $"{command} command accepts no arguments");
        }

        return context.Run(async client =>
        {
            AlarmList found = await call(client.Maintenance).ConfigureAwait(false);
            return new Answer
            {
                Simple = output =>
                {
                    foreach (Alarm alarm in found.Alarms)
                    {
                        output.WriteLine($"memberID:{alarm.MemberId} alarm:{NameOf(alarm)} ");
                    }
                },
                Fields = output =>
                {
                    KeyAnswers.Fields(output, found.Header);
                    foreach (Alarm alarm in found.Alarms)
                    {
                        output.WriteLine($"\"MemberID\" : {alarm.MemberId}");
                        output.WriteLine($"\"AlarmType\" : {NameOf(alarm)}");
                        output.WriteLine();
                    }
                },
                Message = message(found),
            };
        });
    }

    private static string NameOf(Alarm alarm) => alarm.Kind.ToString().ToUpperInvariant();

    private Command Defragment()
    {
        BooleanFlag cluster = new("cluster", "use all endpoints from the cluster member list");
        TextFlag directory = new(
            "data-dir", "Optional. If present, defragments a data directory not in use by etcd.")
        { IsDirectory = true };
        return new Command("defrag", "Defragments the storage of the etcd members with given endpoints")
        {
            Flags = [cluster, directory],
            Run = _ => directory.Value.Length > 0
                ? new MovedCommands(context).Defragment(directory.Value)
                : context.Run(client => DefragmentAsync(client, cluster.Value)),
        };
    }

    private async Task<int> DefragmentAsync(EtcdClient client, bool ofCluster)
    {
        int failures = 0;
        foreach (string endpoint in await MeantEndpoints.OfAsync(context, client, ofCluster).ConfigureAwait(false))
        {
            using CancellationTokenSource limit = new(context.Flags.CallTime);
            using ProgressLine? progress = ProgressLine.For(context.Errors, context.Format, $"defragmenting {endpoint}");
            try
            {
                await client.Maintenance.DefragmentAsync(endpoint, limit.Token).ConfigureAwait(false);
                progress?.Dispose();
                context.Output.WriteLine($"Finished defragmenting etcd member[{endpoint}]");
            }
            catch (Exception failure) when (failure is EtcdException or OperationCanceledException)
            {
                failures++;
                progress?.Dispose();
                if (failure is EtcdException unreached)
                {
                    await context.ExplainAsync(unreached, endpoint).ConfigureAwait(false);
                }

                string text = failure is EtcdException refused ? CtlContext.TextOf(refused) : "context deadline exceeded";
                context.Errors.WriteLine($"Failed to defragment etcd member[{endpoint}] ({text})");
            }
        }

        return failures == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    private Command Save() => new SnapshotSaveCommand(context).Create();

    private Command MoveLeader() => new("move-leader <transferee-member-id>", "Transfers leadership to another etcd cluster member.")
    {
        Run = arguments =>
        {
            if (arguments.Count != 1)
            {
                throw new CommandFailure(ExitCodes.BadArguments, "move-leader command needs 1 argument");
            }

            if (KeyArguments.TryHex(arguments[0], out ulong target) is { } fault)
            {
                throw new CommandFailure(ExitCodes.BadArguments, fault);
            }

            return context.Run(async client =>
            {
                (string endpoint, ulong leader) = await LeaderAsync(client).ConfigureAwait(false);
                EtcdHeader header = await client.Maintenance.MoveLeaderAsync(endpoint, target).ConfigureAwait(false);
                return new Answer
                {
                    Simple = output => output.WriteLine($"Leadership transferred from {leader:x} to {target:x}"),
                    Message = Messages.HeaderOf(header),
                };
            });
        },
    };

    private async Task<(string Endpoint, ulong Leader)> LeaderAsync(EtcdClient client)
    {
        foreach (string endpoint in context.Flags.Endpoints.Values)
        {
            MemberStatus status = await client.Maintenance.StatusAsync(endpoint).ConfigureAwait(false);
            if (status.Leader == status.Header.MemberId)
            {
                return (endpoint, status.Leader);
            }
        }

        throw new CommandFailure(
            ExitCodes.BadArguments, $"no leader endpoint given at [{string.Join(' ', context.Flags.Endpoints.Values)}]");
    }

    private Command Downgrade(string use, string summary, DowngradeAction action) => new(use, summary)
    {
        Run = arguments =>
        {
            bool needsVersion = action != DowngradeAction.Cancel;
            if (needsVersion && arguments.Count == 0)
            {
                throw new CommandFailure(ExitCodes.BadArguments, "TARGET_VERSION not provided");
            }

            return context.Run(async client =>
            {
                DowngradeResult result = await client.Maintenance
                    .DowngradeAsync(action, needsVersion ? arguments[0] : "").ConfigureAwait(false);
                string name = action.ToString().ToLowerInvariant();
                return new Answer
                {
                    Simple = output => output.WriteLine($"Downgrade {name} success, cluster version {result.Version}"),
                    Message = new Protocol.V3.DowngradeResponse { Header = Messages.Of(result.Header), Version = result.Version },
                };
            });
        },
    };
}
