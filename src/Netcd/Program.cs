using System.Runtime;
using Netcd.Server;
using Netcd.Server.Hosting;
using Netcd.Tools;
using Netcd.Tools.CommandLine;

ToolVersions versions = new(ServerIdentity.EtcdVersion, ServerIdentity.NetcdVersion);
if (ToolProgram.Run(ToolProgram.CalledAs(), args, ToolConsole.Standard(), versions) is { } exitCode)
{
    return exitCode;
}

// The collector does not stop the process to compact its old objects as long as memory is not short: entries of the log grow old and then
// become garbage, and each such stop is one of 0.1 s for every call (docs/decisions/0006).
GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
return await ServerProgram.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
