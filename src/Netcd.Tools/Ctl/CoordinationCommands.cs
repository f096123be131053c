using Netcd.Client;
using Netcd.Client.Coordination;
using Netcd.Client.Keys;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;

namespace Netcd.Tools.Ctl;

/// <summary><c>lock</c> and <c>elect</c>: they hold what they have won until they are ended.</summary>
internal sealed class CoordinationCommands(CtlContext context)
{
    public Command[] Create() => [Lock(), Elect()];

    private Command Lock()
    {
        NumberFlag timeToLive = new("ttl", "timeout for session", 10);
        return new Command("lock <lockname> [exec-command arg1 arg2 ...]", "Acquires a named lock")
        {
            Flags = [timeToLive],
            Run = arguments =>
            {
                if (arguments.Count == 0)
                {
                    throw new CommandFailure(
                        ExitCodes.BadArguments, "lock takes a lock name argument and an optional command to execute");
                }

                string name = arguments[0].Length > 0 ? arguments[0] : throw NoName();
                TimeSpan? session = timeToLive.Value > 0 ? LeaseTime.Of(timeToLive.Value) : null;
                return context.Run(client => LockAsync(client, session, name, [.. arguments.Skip(1)]));
            },
        };
    }

    private async Task<int> LockAsync(EtcdClient client, TimeSpan? timeToLive, string name, string[] program)
    {
        using EndRequest interruption = new();
        EtcdSession session = await client.Coordination.OpenSessionAsync(timeToLive).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            EtcdLock held = await InterruptibleAsync(session.Mutex(name).LockAsync(interruption.Token)).ConfigureAwait(false);
            await using (held.ConfigureAwait(false))
            {
                if (program.Length > 0)
                {
                    return RunHolding(held, program);
                }

                await ShowAsync(client, held.Key, "lock lost on init").ConfigureAwait(false);
                await HoldAsync(session, interruption, "session expired").ConfigureAwait(false);
                return ExitCodes.Success;
            }
        }
    }

    private static int RunHolding(EtcdLock held, string[] program)
    {
        (int exitCode, string? fault) = ChildProcess.Run(program, new Dictionary<string, string>
        {
            ["ETCD_LOCK_KEY"] = held.Key,
            ["ETCD_LOCK_REV"] = $"{held.Header.Revision}",
        });
        return fault is null ? exitCode : throw new CommandFailure(exitCode, fault);
    }

    private Command Elect()
    {
        BooleanFlag listen = new("listen", "observation mode") { Shorthand = 'l' };
        return new Command("elect <election-name> [proposal]", "Observes and participates in leader election")
        {
            Flags = [listen],
            Run = arguments => arguments.Count switch
            {
                1 or 2 when arguments[0].Length == 0 => throw NoName(),
                1 when listen.Value => context.Run(client => ObserveAsync(client, arguments[0])),
                2 when !listen.Value => context.Run(client => CampaignAsync(client, arguments[0], arguments[1])),
                1 => throw new CommandFailure(ExitCodes.BadArguments, "no proposal argument but -l not set"),
                2 => throw new CommandFailure(ExitCodes.BadArguments, "proposal given but -l is set"),
                _ => throw new CommandFailure(
                    ExitCodes.BadArguments, "elect takes one election name argument and an optional proposal argument"),
            },
        };
    }

    private static CommandFailure NoName() => new(ExitCodes.BadArguments, "the name must not be empty");

    private async Task<int> CampaignAsync(EtcdClient client, string name, string proposal)
    {
        using EndRequest interruption = new();
        EtcdSession session = await client.Coordination.OpenSessionAsync().ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            EtcdLeadership leadership =
                await InterruptibleAsync(session.Election(name).CampaignAsync(proposal, interruption.Token)).ConfigureAwait(false);
            await using (leadership.ConfigureAwait(false))
            {
                await ShowAsync(client, leadership.Key, "elect: session expired").ConfigureAwait(false);
                await HoldAsync(session, interruption, "elect: session expired").ConfigureAwait(false);
                return ExitCodes.Success;
            }
        }
    }

    private async Task<int> ObserveAsync(EtcdClient client, string name)
    {
        using EndRequest interruption = new();
        EtcdSession session = await client.Coordination.OpenSessionAsync().ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            try
            {
                await foreach (KeyValue leader in session.Election(name).ObserveAsync(interruption.Token).ConfigureAwait(false))
                {
                    Show(new RangeResult(new EtcdHeader(0, 0, leader.ModRevision, 0), [leader], 1, HasMore: false));
                }
            }
            catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
            {
                return ExitCodes.Success;
            }
        }

        throw new CommandFailure(ExitCodes.Failure, "elect: observer lost");
    }

    private async Task ShowAsync(EtcdClient client, string key, string lost)
    {
        RangeResult found = await client.Keys.RangeAsync(key).ConfigureAwait(false);
        if (found.KeyValues.Count == 0)
        {
            throw new CommandFailure(ExitCodes.Failure, lost);
        }

        Show(found);
    }

    private void Show(RangeResult found) => new KeyAnswers(context.Flags.Hex.Value).Of(found).Write(context.Format, context.Output);

    private static async Task<T> InterruptibleAsync<T>(Task<T> waiting)
    {
        try
        {
            return await waiting.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new CommandFailure(ExitCodes.Failure, "context canceled");
        }
        catch (SessionLostException lost)
        {
            throw new CommandFailure(ExitCodes.Failure, lost.Message);
        }
    }

    /// <summary>Waits for whatever ends it.</summary>
    private static async Task HoldAsync(EtcdSession session, EndRequest interruption, string lost)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(session.Lost, interruption.Token);
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using (either.Token.Register(ended.SetResult))
        {
            await ended.Task.ConfigureAwait(false);
        }

        if (!interruption.Token.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCodes.Failure, lost);
        }
    }
}
