using System.Diagnostics;
using Netcd.Client;
using Netcd.Client.Leases;
using Netcd.Engine.Text;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary><c>lease</c> and what stands behind it.</summary>
internal sealed class LeaseCommands(CtlContext context)
{
    private const string BadId = "bad lease ID arg";

    /// <summary>How often etcdctl looks whether a renewal is due, and how long it waits before it tries again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public Command Create() => new Command("lease <subcommand>", "Lease related commands")
        .Add(Grant(), Revoke(), TimeToLive(), List(), KeepAlive());

    private Command Grant() => new("grant <ttl>", "Creates leases")
    {
        Run = arguments =>
        {
            Expect(arguments, "lease grant command needs TTL argument");
            string? fault = GoNumber.TryReadSigned(arguments[0], 10, out long seconds);
            if (GoText.NumberFault("ParseInt", arguments[0], fault) is { } message)
            {
                throw new CommandFailure(ExitCodes.BadArguments, $"bad TTL ({message})");
            }

            return context.Run(
                async client => Of(
                    await client.Leases.GrantAsync(LeaseTime.Of(Math.Max(1, seconds))).ConfigureAwait(false),
                    static grant => $"lease {grant.Id:x16} granted with TTL({grant.TimeToLive.TotalSeconds}s)",
                    ",\"Error\":\"\""),
                explain: static text => $"failed to grant lease ({text})");
        },
    };

    private Command Revoke() => new("revoke <leaseID>", "Revokes leases")
    {
        Run = arguments =>
        {
            Expect(arguments, "lease revoke command needs 1 argument");
            long id = KeyArguments.Lease(arguments[0], BadId);
            return context.Run(
                async client =>
                {
                    EtcdHeader header = await client.Leases.RevokeAsync(id).ConfigureAwait(false);
                    return new Answer
                    {
                        Simple = output => output.WriteLine($"lease {id:x16} revoked"),
                        Fields = output => KeyAnswers.Fields(output, header),
                        Message = Messages.HeaderOf(header),
                    };
                },
                explain: static text => $"failed to revoke lease ({text})");
        },
    };

    private Command TimeToLive()
    {
        BooleanFlag withKeys = new("keys", "Get keys attached to this lease");
        return new Command("timetolive <leaseID> [options]", "Get lease information")
        {
            Flags = [withKeys],
            Run = arguments =>
            {
                Expect(arguments, "lease timetolive command needs lease ID as argument");
                long id = KeyArguments.Lease(arguments[0], BadId);
                return context.Run(
                    async client => LeaseAnswers.Of(
                        await client.Leases.TimeToLiveAsync(id, withKeys.Value).ConfigureAwait(false), withKeys.Value),
                    ExitCodes.BadConnection);
            },
        };
    }

    private Command List() => new("list", "List all active leases")
    {
        Run = _ => context.Run(
            async client => LeaseAnswers.Of(await client.Leases.ListAsync().ConfigureAwait(false)), ExitCodes.BadConnection),
    };

    private Command KeepAlive()
    {
        BooleanFlag once = new(
            "once", "Resets the keep-alive time to its original value and cobrautl.Exits immediately");
        return new Command("keep-alive [options] <leaseID>", "Keeps leases alive (renew)")
        {
            Flags = [once],
            Run = arguments =>
            {
                Expect(arguments, "lease keep-alive command needs lease ID as argument");
                long id = KeyArguments.Lease(arguments[0], BadId);
                return context.Run(client => KeepAliveAsync(client, id, once.Value), ExitCodes.BadConnection);
            },
        };
    }

    /// <summary>
    /// Renews it until it is gone. Not by a handle of the client, which renews quietly: each renewal is to be written.
    /// </summary>
    private async Task<int> KeepAliveAsync(EtcdClient client, long id, bool once)
    {
        TimeSpan left = TimeSpan.Zero;
        while (true)
        {
            long askedAt = Stopwatch.GetTimestamp();
            try
            {
                LeaseGrant renewed = await client.Leases.KeepAliveOnceAsync(id).ConfigureAwait(false);
                Of(renewed, static grant => $"lease {grant.Id:x16} keepalived with TTL({grant.TimeToLive.TotalSeconds})", "")
                    .Write(context.Format, context.Output);
                if (once)
                {
                    return ExitCodes.Success;
                }

                TimeSpan pause = Pause * Math.Ceiling(renewed.TimeToLive / 3 / Pause);
                await Task.Delay(pause).ConfigureAwait(false);
                left = renewed.TimeToLive - Stopwatch.GetElapsedTime(askedAt);
            }
            catch (EtcdUnavailableException) when (!once && left > TimeSpan.Zero)
            {
                await Task.Delay(Pause).ConfigureAwait(false);
                left -= Stopwatch.GetElapsedTime(askedAt);
                if (left <= TimeSpan.Zero)
                {
                    return Expired(id);
                }
            }
            catch (EtcdException gone) when (!once && gone.Code == EtcdStatusCode.NotFound)
            {
                return Expired(id);
            }
        }
    }

    private int Expired(long id)
    {
        if (context.Format == OutputFormat.Simple)
        {
            context.Output.WriteLine($"lease {id:x16} expired or revoked.");
        }

        return ExitCodes.Success;
    }

    private static Answer Of(LeaseGrant grant, Func<LeaseGrant, string> simple, string jsonEnd) => new()
    {
        Simple = output => output.WriteLine(simple(grant)),
        Fields = output =>
        {
            KeyAnswers.Fields(output, grant.Header);
            output.WriteLine($"\"ID\" : {grant.Id}");
            output.WriteLine($"\"TTL\" : {grant.TimeToLive.TotalSeconds}");
        },
        Json = $"{{{GoJson.FieldsOf(Messages.Of(grant.Header))},\"ID\":{grant.Id},\"TTL\":{grant.TimeToLive.TotalSeconds}{jsonEnd}}}",
    };

    private static void Expect(IReadOnlyList<string> arguments, string message)
    {
        if (arguments.Count != 1)
        {
            throw new CommandFailure(ExitCodes.BadArguments, message);
        }
    }
}
