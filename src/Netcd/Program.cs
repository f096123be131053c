using System.Runtime;
using Netcd.Server;
using Netcd.Server.Configuration;
using Netcd.Server.Hosting;
using Netcd.Tools;
using Netcd.Tools.CommandLine;

ToolVersions versions = new(ServerIdentity.EtcdVersion, ServerIdentity.NetcdVersion);
ToolConsole console = ToolConsole.Standard() with { Lookup = Lookup };
if (ToolProgram.Run(ToolProgram.CalledAs(), args, console, versions) is { } exitCode)
{
    return exitCode;
}

// The collector does not stop the process to compact its old objects as long as memory is not short: entries of the log grow old and then
// become garbage, and each such stop is one of 0.1 s for every call (docs/decisions/0006).
GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
return await ServerProgram.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);

static ServiceRecords Lookup(string service, string domain)
{
    (IReadOnlyList<string> places, string? fault) = ServicePlaces.Find(service, domain);
    return new ServiceRecords(places, fault);
}
