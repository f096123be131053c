using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Node;
using Netcd.Server.Hosting;
using Netcd.Server.Services;

namespace Netcd.Server.Configuration;

/// <summary>The server as a process: arguments in, exit code out.</summary>
public static class ServerProgram
{
    private const int Failure = 1;

    /// <summary>128 and the signal's number, as a shell reports it and as etcd exits.</summary>
    private const int InterruptedBySigint = 130;
    private const int InterruptedBySigterm = 143;

    /// <summary>Runs a member until it is told to stop.</summary>
    /// <param name="arguments">The flags.</param>
    /// <param name="output">Where help and version go.</param>
    /// <param name="errors">Where messages for the operator and the log go.</param>
    /// <returns>0 after help or version, 1 where it cannot start or fails, 2 for wrong flags, 130 and 143 after SIGINT and SIGTERM.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        ConfigurationResult configuration = ServerConfiguration.Load(arguments, ServerConfiguration.ProcessEnvironment());
        if (configuration.Options is not { } options)
        {
            await TellAsync(configuration.Warnings, errors).ConfigureAwait(false);
            await (configuration.ExitCode == 0 ? output : errors).WriteLineAsync(configuration.Message).ConfigureAwait(false);
            return configuration.ExitCode;
        }

        TextWriter target;
        try
        {
            target = LogTargets.Open(options.LogOutputs, output, errors);
        }
        catch (ConfigurationException failure)
        {
            await errors.WriteLineAsync(failure.Message).ConfigureAwait(false);
            return failure.ExitCode;
        }

        using ILoggerFactory logging = LogOutput.Create(options.LogLevel, options.LogFormat, target);
        ILogger log = logging.CreateLogger("netcd");
        foreach (string warning in configuration.Warnings)
        {
            log.LogWarning("{Warning}", warning);
        }

        log.LogInformation("starting netcd {Version} with the API of etcd {EtcdVersion}", ServerIdentity.NetcdVersion, ServerIdentity.EtcdVersion);
        try
        {
            return await RunAsync(options, logging, log).ConfigureAwait(false);
        }
        catch (NodeStartException failure)
        {
            log.LogCritical("cannot start: {Reason}", failure.Message);
            return Failure;
        }
    }

    private static async Task TellAsync(IReadOnlyList<string> warnings, TextWriter errors)
    {
        foreach (string warning in warnings)
        {
            await errors.WriteLineAsync("warning: " + warning).ConfigureAwait(false);
        }
    }

    private static async Task<int> RunAsync(ServerOptions options, ILoggerFactory logging, ILogger log)
    {
        TaskCompletionSource<int> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, InterruptedBySigint, ended);
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, InterruptedBySigterm, ended);
        using CancellationTokenSource starting = new();
        Task<EtcdServer> start = EtcdServer.StartAsync(options, logging, (stage, failure) => EndAtOnce(log, stage, failure), starting.Token);
        if (await Task.WhenAny(start, ended.Task).ConfigureAwait(false) == ended.Task)
        {
            await starting.CancelAsync().ConfigureAwait(false);
        }

        EtcdServer server;
        try
        {
            server = await start.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (starting.IsCancellationRequested)
        {
            log.LogInformation("received a signal while starting");
            return await ended.Task.ConfigureAwait(false);
        }

        await Task.WhenAny(ended.Task, server.Removed).ConfigureAwait(false);
        log.LogInformation("{Reason}, stopping", ended.Task.IsCompleted ? "received a signal" : "this member was removed from its cluster");
        await server.DisposeAsync().ConfigureAwait(false);
        return ended.Task.IsCompleted ? await ended.Task.ConfigureAwait(false) : 0;
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, int exitCode, TaskCompletionSource<int> ended) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            ended.TrySetResult(exitCode);
        });

    /// <summary>A stage has lost its disk or an invariant: nothing may be acknowledged or written after it.</summary>
    private static void EndAtOnce(ILogger log, string stage, Exception failure)
    {
        log.LogCritical(failure, "stage {Stage} failed, the process ends", stage);
        Environment.Exit(Failure);
    }
}
