using Netcd.Server;
using Netcd.Server.Hosting;
using Netcd.Tools;
using Netcd.Tools.CommandLine;

ToolVersions versions = new(ServerIdentity.EtcdVersion, ServerIdentity.NetcdVersion);
return ToolProgram.Run(ToolProgram.CalledAs(), args, new ToolConsole(Console.Out, Console.Error), versions)
    ?? await ServerProgram.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
