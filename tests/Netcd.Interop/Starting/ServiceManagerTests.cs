using System.Net.Sockets;
using System.Text;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Starting;

/// <summary>The unit that Debian has for etcd is of <c>Type=notify</c>: systemd takes a service for started when it says that it is ready,
/// and for stuck when its watchdog is not notified.</summary>
public sealed class ServiceManagerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_is_notified_of_readiness_life_and_stop(bool isAbstract)
    {
        using TemporaryFolder folder = new();
        string name = isAbstract ? $"@netcd-{Guid.NewGuid():n}" : folder.At("notify");
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(name.Replace('@', '\0')));
        manager.ReceiveTimeout = 60_000;
        await using ServerProcess server = await ServerProcess.LimitedAsync(
            $"export NOTIFY_SOCKET={name} WATCHDOG_USEC=1000000", folder.At("data"));
        List<string> before = ReceiveUntil(manager, "READY=1");
        Assert.All(before[..^1], static message => Assert.Equal("WATCHDOG=1", message));
        Assert.Equal(["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"], [Receive(manager), Receive(manager), Receive(manager)]);
        await server.Channel.PutAsync("a", "b");
        await server.TerminateAsync();
        ReceiveUntil(manager, "STOPPING=1");
        Assert.Equal(0, manager.Available);
        Assert.Contains("successfully notified init daemon", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_that_stands_still_is_not_said_to_be_alive_until_it_goes_on()
    {
        using TemporaryFolder folder = new();
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(folder.At("notify")));
        manager.ReceiveTimeout = 60_000;
        await using ServerProcess server = await ServerProcess.LimitedAsync(
            $"export NOTIFY_SOCKET={folder.At("notify")} WATCHDOG_USEC=2000000", folder.At("data"));
        ReceiveUntil(manager, "READY=1");
        await using (await StuckThread.OfAsync(server.Id, "netcd-engine"))
        {
            await server.HasLoggedAsync("\"the engine is stuck; the watchdog is not notified\"");
            while (manager.Available > 0)
            {
                Receive(manager);
            }

            // The rest of the process lives: only its own word for the engine is missing.
            Assert.False(server.HasExited);
            await Assert.ThrowsAnyAsync<Exception>(async () => await server.Channel.PutAsync("a", "b").WaitAsync(TimeSpan.FromSeconds(3)));
            Assert.Equal(0, manager.Available);
        }

        Assert.Equal("WATCHDOG=1", Receive(manager));
        await server.Channel.PutAsync("a", "b");
    }

    [Fact]
    public async Task A_socket_that_nobody_reads_does_not_keep_it_from_serving()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.LimitedAsync(
            $"export NOTIFY_SOCKET={folder.At("nobody")} WATCHDOG_USEC=200000", folder.At("data"));
        await Poll.UntilAsync(() => Task.FromResult(
            server.Log.Contains("failed to notify systemd for readiness", StringComparison.Ordinal)));
        await server.Channel.PutAsync("a", "b");
    }

    private static List<string> ReceiveUntil(Socket manager, string last)
    {
        List<string> messages = [];
        do
        {
            messages.Add(Receive(manager));
        }
        while (messages[^1] != last);
        return messages;
    }

    private static string Receive(Socket manager)
    {
        byte[] message = new byte[64];
        return Encoding.UTF8.GetString(message, 0, manager.Receive(message));
    }
}
