using Netcd.Client;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl.Mirroring;

/// <summary><c>make-mirror</c>: keeps a copy of keys in another cluster.</summary>
internal sealed class MirrorCommand(CtlContext context)
{
    private readonly TextFlag prefix = new("prefix", "Key-value prefix to mirror");

    private readonly TextFlag destinationPrefix = new(
        "dest-prefix", "destination prefix to mirror a prefix to a different prefix in the destination cluster");

    private readonly BooleanFlag toRoot = new("no-dest-prefix", "mirror key-values to the root of the destination cluster");
    private readonly NumberFlag revision = new("rev", "Specify the kv revision to start to mirror");

    private readonly UnsignedFlag mostOperations = new(
        "max-txn-ops", "Maximum number of operations permitted in a transaction during syncing updates.", MirrorPlan.UsualOperations);

    private readonly TextFlag certificate = new(
        "dest-cert", "Identify secure client using this TLS certificate file for the destination cluster");

    private readonly TextFlag key = new("dest-key", "Identify secure client using this TLS key file");

    private readonly TextFlag authorities = new(
        "dest-cacert", "Verify certificates of TLS enabled secure servers using this CA bundle");

    private readonly BooleanFlag insecure = new("dest-insecure-transport", "Disable transport security for client connections", true);

    private readonly TextFlag user = new(
        "dest-user", "Destination username[:password] for authentication (prompt if password is not supplied)");

    private readonly TextFlag password = new(
        "dest-password", "Destination password for authentication (if this option is used, --user option shouldn't include password)");

    public Command Create() => new("make-mirror [options] <destination>", "Makes a mirror at the destination etcd cluster")
    {
        Flags =
        [
            prefix, destinationPrefix, toRoot, revision, mostOperations, certificate, key, authorities, insecure, user, password,
        ],
        Run = arguments =>
        {
            if (arguments.Count != 1)
            {
                throw Bad("make-mirror takes one destination argument");
            }

            MirrorPlan plan = Plan();
            (string? name, string? secret) = new UserFlags(user, password).Read(() => context.AskPassword("Destination Password: "));
            return context.Run(client => RunAsync(client, plan, context.Flags.Limits(arguments[0]) with
            {
                CallTimeout = context.Flags.CallTime,
                UserName = name,
                Password = secret,
                Tls = new TlsFlags(certificate, key, authorities, insecure).Read(arguments),
            }));
        },
    };

    private MirrorPlan Plan()
    {
        if (toRoot.Value && destinationPrefix.Value.Length > 0)
        {
            throw Bad("`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one");
        }

        byte[] from = GoQuoted.BytesOf(prefix.Value);
        byte[] to = toRoot.Value ? [] : destinationPrefix.Value.Length > 0 ? GoQuoted.BytesOf(destinationPrefix.Value) : from;
        return new MirrorPlan(from, to, Math.Max(0, revision.Value), (int)Math.Min(mostOperations.Value, int.MaxValue));
    }

    private async Task<int> RunAsync(EtcdClient client, MirrorPlan plan, EtcdClientOptions destination)
    {
        EtcdClient other = context.Connect(destination);
        using ProgressLine? progress = ProgressLine.For(context.Errors, context.Format, "copying");
        using RunningCount count = new(context.Output, TimeProvider.System, progress);
        await using (other.ConfigureAwait(false))
        {
            await new Mirror(client, other.Keys, plan, count, context.Errors) { Progress = progress }.RunAsync().ConfigureAwait(false);
            return ExitCodes.Success;
        }
    }

    private static CommandFailure Bad(string message) => new(ExitCodes.BadArguments, message);
}
