using Netcd.Server.Configuration;

return await ServerProgram.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
