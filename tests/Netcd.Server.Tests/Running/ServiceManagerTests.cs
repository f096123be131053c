using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Netcd.Server.Hosting;
using Netcd.Server.Running;
using Netcd.Server.Tests.Auth;

namespace Netcd.Server.Tests.Running;

/// <summary>What a service manager such as systemd is notified of.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private const int ProcessId = 4_711;

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = new();
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ServiceManagerTests()
    {
        socket.Bind(new UnixDomainSocketEndPoint(folder.At("notify")));
        socket.ReceiveTimeout = 10_000;
    }

    public void Dispose()
    {
        socket.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Without_a_socket_there_is_none()
    {
        Assert.Null(ServiceManager.Find(new Dictionary<string, string>(), ProcessId));
        Assert.Null(ServiceManager.Find(new Dictionary<string, string> { ["NOTIFY_SOCKET"] = "" }, ProcessId));
        Assert.Null(ServiceManager.Find(new Dictionary<string, string> { ["NOTIFY_SOCKET"] = "relative" }, ProcessId));
    }

    [Theory]
    [InlineData("2000000", null, 2.0)]
    [InlineData("2000000", "4711", 2.0)]
    [InlineData("2000000", "4712", null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void A_watchdog_counts_where_it_watches_this_process(string? microseconds, string? process, double? seconds)
    {
        Dictionary<string, string> environment = new() { ["NOTIFY_SOCKET"] = folder.At("notify") };
        if (microseconds is not null)
        {
            environment["WATCHDOG_USEC"] = microseconds;
        }

        if (process is not null)
        {
            environment["WATCHDOG_PID"] = process;
        }

        Assert.Equal(seconds, ServiceManager.Find(environment, ProcessId)!.Watchdog?.TotalSeconds);
    }

    [Fact]
    public async Task It_is_notified_of_life_at_half_of_the_watchdogs_time_of_readiness_once_and_of_the_stop()
    {
        TaskCompletionSource ready = new();
        using CancellationTokenSource end = new();
        EventList log = new();
        ServiceNotifications notifications = new(Manager(seconds: 10), clock, log);
        Task running = notifications.RunAsync(ready.Task, static _ => true, end.Token);
        Assert.Equal("WATCHDOG=1", Receive());
        clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(0, socket.Available);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("WATCHDOG=1", Receive());
        ready.SetResult();
        Assert.Equal("READY=1", Receive());
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("WATCHDOG=1", Receive());
        await end.CancelAsync();
        await running;
        notifications.Stopping();
        Assert.Equal("STOPPING=1", Receive());
        Assert.Equal(["notifying init daemon", "successfully notified init daemon"], log.Messages);
    }

    [Fact]
    public async Task An_engine_that_stands_still_is_not_reported_alive_until_it_goes_on()
    {
        bool isAlive = false;
        using CancellationTokenSource end = new();
        EventList log = new();
        ServiceNotifications notifications = new(Manager(seconds: 4), clock, log);
        Task running = notifications.RunAsync(Task.CompletedTask, _ => isAlive, end.Token);
        Assert.Equal("READY=1", Receive());
        clock.Advance(TimeSpan.FromSeconds(2));
        clock.Advance(TimeSpan.FromSeconds(2));
        await Poll.UntilAsync(() => Task.FromResult(log.Messages.Count >= 3));
        Assert.Equal(0, socket.Available);
        isAlive = true;
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("WATCHDOG=1", Receive());
        await end.CancelAsync();
        await running;
        Assert.Single(log.Messages, "the engine is stuck; the watchdog is not notified");
    }

    [Fact]
    public async Task A_manager_that_has_gone_is_logged_and_harms_nothing()
    {
        ServiceManager manager = Manager(seconds: null);
        socket.Dispose();
        EventList log = new();
        await new ServiceNotifications(manager, clock, log).RunAsync(Task.CompletedTask, static _ => true, CancellationToken.None);
        Assert.Equal(["notifying init daemon", "failed to notify systemd for readiness"], log.Messages);
    }

    private ServiceManager Manager(int? seconds)
    {
        Dictionary<string, string> environment = new() { ["NOTIFY_SOCKET"] = folder.At("notify") };
        if (seconds is { } limit)
        {
            environment["WATCHDOG_USEC"] = $"{limit}000000";
        }

        return ServiceManager.Find(environment, ProcessId)!;
    }

    private string Receive()
    {
        byte[] message = new byte[64];
        return Encoding.UTF8.GetString(message, 0, socket.Receive(message));
    }
}
