using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Netcd.Server.Running;

namespace Netcd.Server.Hosting;

/// <summary>Keeps the service manager informed of a server from its start to its end.</summary>
/// <param name="manager">The manager.</param>
/// <param name="clock">The clock of the watchdog.</param>
/// <param name="log">Says what the manager was told, and when it cannot be.</param>
internal sealed class ServiceNotifications(ServiceManager manager, TimeProvider clock, ILogger log)
{
    private volatile bool hasFailed;

    /// <summary>Notifies when the server is ready, and from then on as long as it is alive.</summary>
    /// <param name="ready">Ends when it is ready.</param>
    /// <param name="isAlive">Asked before each notification; the manager ends a process from which none comes.</param>
    /// <param name="end">Ends it.</param>
    public async Task RunAsync(Task ready, Func<TimeSpan, bool> isAlive, CancellationToken end)
    {
        try
        {
            // A start that waits for a quorum is not stuck.
            Task watching = WatchAsync(isAlive, end);
            await ready.WaitAsync(end).ConfigureAwait(false);
            log.NotifyingServiceManager();
            if (TryNotify(manager.NotifyReady))
            {
                log.NotifiedServiceManager();
            }

            await watching.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    /// <summary>The server begins to stop.</summary>
    public void Stopping() => TryNotify(manager.NotifyStopping);

    private async Task WatchAsync(Func<TimeSpan, bool> isAlive, CancellationToken end)
    {
        if (manager.Watchdog is not { } limit)
        {
            return;
        }

        // Half of the time, as the manual has it: one that is late does not count yet.
        TimeSpan period = limit / 2;
        bool wasAlive = true;
        using PeriodicTimer timer = new(period, clock);
        do
        {
            bool isAliveNow = isAlive(period);
            if (isAliveNow)
            {
                TryNotify(manager.NotifyAlive);
            }
            else if (wasAlive)
            {
                log.FoundEngineStuck(period);
            }

            wasAlive = isAliveNow;
        }
        while (await timer.WaitForNextTickAsync(end).ConfigureAwait(false));
    }

    private bool TryNotify(Action notify)
    {
        try
        {
            notify();
            hasFailed = false;
            return true;
        }
        catch (SocketException failure)
        {
            if (!hasFailed)
            {
                log.FailedToNotifyServiceManager(failure.Message);
            }

            hasFailed = true;
            return false;
        }
    }
}
