using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Starting;

/// <summary>Where a member can be reached, by the URLs that it listens on: as etcd can.</summary>
public sealed class ListenTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("http://0.0.0.0:#")]
    [InlineData("http://[::]:#")]
    [InlineData("http://[::ffff:0.0.0.0]:#")]
    [InlineData("http://[::ffff:127.0.0.1]:#")]
    [InlineData("http://[::1]:#")]
    [InlineData("http://localhost:#")]
    [InlineData("http://[::1]:#,http://127.0.0.1:#")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://127.0.0.1:")]
    public async Task It_is_reached_at_the_addresses_at_which_etcd_is(string urls)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this machine has no IPv6");
        string[][] reached = await Task.WhenAll(ReachedAsync(await EtcdPrograms.EtcdAsync(), urls), ReachedAsync(NetcdProgram.Path, urls));
        Assert.Equal(reached[0], reached[1]);
    }

    [Theory]
    [InlineData("http://0.0.0.0:#,http://127.0.0.1:#", "bind: address already in use")]
    [InlineData("http://localhost:#,http://127.0.0.1:#", "bind: address already in use")]
    [InlineData("http://localhost:#,https://127.0.0.1:#", "must be provided|not presented|in use")]
    [InlineData("http://192.0.2.77:#", "bind: cannot assign requested address")]
    [InlineData("http://000.0.0.0:#", "expected IP in URL for binding")]
    [InlineData("http://[127.0.0.1]:#", "invalid IP-literal")]
    [InlineData("http://[x]:#", "ParseAddr(\"x\"): unable to parse IP")]
    [InlineData("http://:#", "expected IP in URL for binding")]
    public async Task What_etcd_does_not_listen_on_ends_the_start_as_there(string urls, string reason)
    {
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            using TemporaryFolder folder = new();
            string listen = urls.Replace("#", $"{FreePort.Next()}", StringComparison.Ordinal);
            (int exitCode, string log) = await ServerProcess.RefusedAsync(program, folder.At("data"), 1, "--listen-client-urls", listen);
            Assert.Equal(reason.StartsWith("invalid IP", StringComparison.Ordinal)
                || reason.StartsWith("ParseAddr", StringComparison.Ordinal) ? 2 : 1, exitCode);
            Assert.Contains(
                reason.Split('|'), part => log.Replace("\\\"", "\"", StringComparison.Ordinal).Contains(part, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Where_connections_use_up_the_descriptors_a_member_keeps_enough_for_its_files()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("the limit is read from /proc");
            return;
        }

        using TemporaryFolder folder = new();
        const int descriptors = 500;
        string limited = folder.At("limited");
        await File.WriteAllTextAsync(limited, $"#!/bin/sh\nulimit -n {descriptors}\nexec '{NetcdProgram.Path}' \"$@\"\n");
        File.SetUnixFileMode(limited, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using ServerProcess netcd = await ServerProcess.ReadyAsync(limited, folder.At("data"), FreePort.Next());
        await netcd.Channel.PutAsync("before", "1");
        List<Socket> many = [];
        try
        {
            while (many.Count < descriptors)
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                many.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, netcd.Port);
                await socket.SendAsync("GET /version HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
            }

            // The first ones are served, the last one waits in the system's queue, and there is room for files.
            Assert.StartsWith("HTTP/1.1 200", await AnswerAsync(many[0]), StringComparison.Ordinal);
            Assert.InRange(Directory.GetFileSystemEntries($"/proc/{netcd.Id}/fd").Length, 50, descriptors - 30);
            await netcd.Channel.PutAsync("meanwhile", "2");
            Task<string> last = AnswerAsync(many[^1]);
            await Task.Delay(100);
            Assert.False(last.IsCompleted);
            foreach (Socket socket in many[..^1])
            {
                socket.Dispose();
            }

            Assert.StartsWith("HTTP/1.1 200", await last, StringComparison.Ordinal);
        }
        finally
        {
            many.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task<string> AnswerAsync(Socket socket)
    {
        byte[] answer = new byte[100];
        int read = await socket.ReceiveAsync(answer).WaitAsync(Deadline);
        return Encoding.ASCII.GetString(answer, 0, read);
    }

    /// <summary>Starts a member whose client and peer ports are so, and asks at every address of the machine for both.</summary>
    private static async Task<string[]> ReachedAsync(string program, string urls)
    {
        using TemporaryFolder folder = new();

        // Where it is the default, etcd looks for another one itself.
        const string advertised = "http://127.0.0.1:2380";
        int client = FreePort.Next();
        int peer = FreePort.Next();
        await using ServerProcess server = await ServerProcess.ReadyAsync(
            program, folder.At("data"), client,
            "--listen-client-urls", urls.Replace("#", $"{client}", StringComparison.Ordinal),
            "--listen-peer-urls", urls.Replace("#", $"{peer}", StringComparison.Ordinal),
            "--initial-advertise-peer-urls", advertised, "--initial-cluster", "default=" + advertised);
        List<string> reached = [];
        foreach (IPAddress address in Addresses())
        {
            foreach ((string name, int port) in new[] { ("client", client), ("peer", peer) })
            {
                if (await IsServedAsync(address, port))
                {
                    reached.Add($"{name} {address}");
                }
            }
        }

        return [.. reached];
    }

    private static IEnumerable<IPAddress> Addresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(found => found.Address)
        .Append(IPAddress.Parse("127.0.0.2")).OrderBy(address => address.ToString(), StringComparer.Ordinal);

    private static async Task<bool> IsServedAsync(IPAddress address, int port)
    {
        using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, port).WaitAsync(Deadline);
        }
        catch (SocketException)
        {
            return false;
        }

        // A client's port answers once the member is ready, a moment after the log says so.
        await socket.SendAsync("GET /version HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        return (await AnswerAsync(socket)).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
    }
}
