using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Starting;
using Netcd.Server.Configuration;
using Netcd.Server.Running;

namespace Netcd.Server.Hosting;

/// <summary>The server as a process: arguments in, exit code out.</summary>
public static class ServerProgram
{
    private const int Failure = 1;

    /// <summary>Runs a member until it is asked to stop.</summary>
    /// <param name="arguments">The flags.</param>
    /// <param name="output">Where help and version go.</param>
    /// <param name="errors">Where messages for the operator and the log go.</param>
    /// <returns>0 after help or version, 1 where it cannot start or fails, 2 for wrong flags. After SIGINT and SIGTERM it does not return:
    /// the signal ends the process, but for the first process of a container, which exits with 0.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        Task<EtcdServer>? start = null;
        using ProcessSignals signals = new(
            errors,
            () => start is { IsCompletedSuccessfully: true } ? start.Result.Describe() : "it has not started yet",
            () => (start is { IsCompletedSuccessfully: true } ? start.Result : null)?.WriteFlight("SIGUSR1"));
        return signals.End(await RunAsync(arguments, output, errors, signals, starting => start = starting).ConfigureAwait(false));
    }

    private static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, ProcessSignals signals, Action<Task<EtcdServer>> started)
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
            target = LogTargets.Open(options.LogOutputs, output, errors, options.LogRotation, options.LogFormat);
        }
        catch (ConfigurationException failure)
        {
            await errors.WriteLineAsync(failure.Message).ConfigureAwait(false);
            return failure.ExitCode;
        }

        LogLevelSwitch level = new(options.LogLevel);
        using ILoggerFactory logging = LogOutput.Create(level, options.LogFormat, target);
        ILogger log = logging.CreateLogger("netcd");
        log.Running(ShownArguments.Of([Environment.ProcessPath ?? "netcd", .. arguments]));
        if (options.LogOutputs.Contains(LogTargets.Journal) && !File.Exists(JournalWriter.SocketPath))
        {
            log.JournalIsMissing(JournalWriter.SocketPath);
        }

        foreach (string warning in configuration.Warnings)
        {
            log.WarnedOfConfiguration(warning);
        }

        FileDescriptors.RaiseLimit();
        log.StartingProgram(ServerIdentity.NetcdVersion, ServerIdentity.EtcdVersion);
        try
        {
            return await RunAsync(options, logging, level, log, signals, started).ConfigureAwait(false);
        }
        catch (NodeStartException failure)
        {
            log.FailedToStart(failure.Message);
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

    private static async Task<int> RunAsync(
        ServerOptions options,
        ILoggerFactory logging,
        LogLevelSwitch level,
        ILogger log,
        ProcessSignals signals,
        Action<Task<EtcdServer>> started)
    {
        using CancellationTokenSource starting = new();
        Task<EtcdServer> start = EtcdServer.StartAsync(
            options, logging, (stage, failure) => EndAtOnce(log, stage, failure), level, starting.Token);
        started(start);
        if (await Task.WhenAny(start, signals.Stop).ConfigureAwait(false) == signals.Stop)
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
            log.ReceivedSignalWhileStarting(NameOf(signals.Stop.Result));
            return 0;
        }

        AppDomain.CurrentDomain.UnhandledException += (_, _) => server.WriteFlight("unhandled exception");
        ServiceNotifications? service =
            ServiceManager.Find(ServerConfiguration.ProcessEnvironment(), Environment.ProcessId) is { } manager
                ? new ServiceNotifications(manager, TimeProvider.System, log)
                : null;
        using CancellationTokenSource stopping = new();
        Task notifying = service?.RunAsync(server.Ready, server.IsAlive, stopping.Token) ?? Task.CompletedTask;
        await Task.WhenAny(signals.Stop, server.Removed).ConfigureAwait(false);
        if (signals.Stop.IsCompleted)
        {
            log.ReceivedSignal(NameOf(signals.Stop.Result));
        }
        else
        {
            // In the words of etcd.
            log.ServerError("the member has been permanently removed from the cluster");
            log.DataMustBeRemoved(options.Node.DataDirectory);
        }

        await stopping.CancelAsync().ConfigureAwait(false);
        await notifying.ConfigureAwait(false);
        service?.Stopping();
        await server.DisposeAsync().ConfigureAwait(false);
        return 0;
    }

    /// <summary>A signal's name in Go, and so in etcd's log.</summary>
    private static string NameOf(PosixSignal signal) => signal == PosixSignal.SIGINT ? "interrupt" : "terminated";

    /// <summary>A stage has lost its disk or an invariant: nothing may be acknowledged or written after it.</summary>
    private static void EndAtOnce(ILogger log, string stage, Exception failure)
    {
        log.StageFailed(failure, stage);
        Environment.Exit(Failure);
    }
}
