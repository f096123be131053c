using Netcd.Tools.CommandLine;
using Netcd.Tools.Output;

namespace Netcd.Tools.Utl;

/// <summary>The tool for the files of a member that is not running: etcdutl, and what netcd has besides.</summary>
internal static class UtlProgram
{
    /// <summary>Runs it.</summary>
    /// <param name="name">What it calls itself.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="console">Where it writes.</param>
    /// <param name="versions">What <c>version</c> says.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string name, IReadOnlyList<string> arguments, ToolConsole console, ToolVersions versions)
    {
        TextFlag format = OutputFlag.Create();
        UtlContext context = new(console, format);
        Command root = new(name, "An administrative command line tool for etcd3.") { IsProgram = true, SharedFlags = [format] };
        root.Add(
            new BackupCommand(context).Create(),
            DirectoryCommands.Defrag(context),
            SnapshotCommands.Create(context),
            DatabaseCommands.HashKv(context),
            Version(context, versions),
            DirectoryCommands.Migrate(context),
            DirectoryCommands.Check(context),
            DatabaseCommands.Create(context),
            LogCommands.Create(context));
        root.Explain(UtlExamples.All);
        return new CommandProgram(root, console).Run(arguments);
    }

    private static Command Version(UtlContext context, ToolVersions versions) => new("version", "Prints the version of etcdutl")
    {
        Run = _ =>
        {
            context.Output.WriteLine("etcdutl version: " + versions.Etcd);
            context.Output.WriteLine("API version: " + versions.Api);
            context.Output.WriteLine("netcd version: " + versions.Netcd);
            return ExitCodes.Success;
        },
    };
}
