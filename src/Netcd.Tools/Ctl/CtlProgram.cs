using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Checking;
using Netcd.Tools.Ctl.Invocation;
using Netcd.Tools.Ctl.Mirroring;

namespace Netcd.Tools.Ctl;

/// <summary>The tool for running clusters: etcdctl's commands.</summary>
internal static class CtlProgram
{
    /// <summary>Runs it.</summary>
    /// <param name="name">What it calls itself.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="console">Where it writes.</param>
    /// <param name="versions">What <c>version</c> says.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string name, IReadOnlyList<string> arguments, ToolConsole console, ToolVersions versions)
    {
        CtlFlags flags = new();
        CtlContext context = new(flags, console, Environment.GetEnvironmentVariable);
        Command root = new(name, "A simple command line client for etcd3.") { IsProgram = true, SharedFlags = flags.All };
        root.Add(new KeyCommands(context).Create());
        root.Add(
            new TransactionCommand(context).Create(),
            new WatchCommand(context).Create(),
            new LeaseCommands(context).Create(),
            new MemberCommands(context).Create(),
            new EndpointCommands(context).Create(),
            new MirrorCommand(context).Create(),
            new CheckCommands(context).Create(),
            Version(context, versions));
        root.Add(new MaintenanceCommands(context).Create());
        root.Add(new CoordinationCommands(context).Create());
        root.Add(new AccountCommands(context).Create());
        root.Add(ExtraCommands.Create(context));
        root.Explain(CtlExamples.All);
        return new CommandProgram(root, console, new CtlUsage(versions).Of).Run(arguments);
    }

    private static Command Version(CtlContext context, ToolVersions versions) => new("version", "Prints the version of etcdctl")
    {
        Run = _ =>
        {
            context.Output.WriteLine("etcdctl version: " + versions.Etcd);
            context.Output.WriteLine("API version: " + versions.Api);
            context.Output.WriteLine("netcd version: " + versions.Netcd);
            return ExitCodes.Success;
        },
    };
}
