using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Netcd.Server.Running;

/// <summary>
/// The service manager that started this process, systemd mostly, which waits to be notified (<c>Type=notify</c>): that the service is
/// ready, that it stops, and, where it has a watchdog (<c>WatchdogSec=</c>), that it is alive.
/// </summary>
/// <remarks>Source: sd_notify(3), sd_watchdog_enabled(3).</remarks>
internal sealed class ServiceManager
{
    private const string SocketVariable = "NOTIFY_SOCKET";
    private const string PeriodVariable = "WATCHDOG_USEC";
    private const string ProcessVariable = "WATCHDOG_PID";

    private readonly string socketPath;

    private ServiceManager(string socketPath, TimeSpan? watchdog) => (this.socketPath, Watchdog) = (socketPath, watchdog);

    /// <summary>The silence after which the manager takes the process for stuck and ends it; null where it does not watch.</summary>
    public TimeSpan? Watchdog { get; }

    /// <summary>The manager that the variables speak of; null where there is none.</summary>
    public static ServiceManager? Find(IReadOnlyDictionary<string, string> environment, int processId)
    {
        string path = environment.GetValueOrDefault(SocketVariable, "");
        return path.Length > 0 && path[0] is '/' or '@' ? new ServiceManager(path, FindWatchdog(environment, processId)) : null;
    }

    /// <summary>The service is ready.</summary>
    /// <exception cref="SocketException">The manager cannot be reached.</exception>
    public void NotifyReady() => Send("READY=1");

    /// <summary>The service has begun to stop.</summary>
    /// <exception cref="SocketException">The manager cannot be reached.</exception>
    public void NotifyStopping() => Send("STOPPING=1");

    /// <summary>The service is alive.</summary>
    /// <exception cref="SocketException">The manager cannot be reached.</exception>
    public void NotifyAlive() => Send("WATCHDOG=1");

    private static TimeSpan? FindWatchdog(IReadOnlyDictionary<string, string> environment, int processId)
    {
        bool isOfOther = environment.TryGetValue(ProcessVariable, out string? owner)
            && owner != processId.ToString(CultureInfo.InvariantCulture);
        return !isOfOther && environment.TryGetValue(PeriodVariable, out string? text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(Math.Min(microseconds, (long)TimeSpan.FromDays(1).TotalMicroseconds))
            : null;
    }

    private void Send(string message)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        // A name with @ is not in the file system: its first byte is none.
        string address = socketPath[0] == '@' ? "\0" + socketPath[1..] : socketPath;
        socket.SendTo(Encoding.UTF8.GetBytes(message), new UnixDomainSocketEndPoint(address));
    }
}
