using System.Net;
using System.Net.Sockets;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Hardening;

/// <summary>Whoever is refused again and again does not fill the disk with the log of it (M7).</summary>
public sealed class LogFloodTests
{
    private const int Connections = 1_500;
    private const string Refusal = "rejected connection on client endpoint";

    [Fact]
    public async Task M7_of_connections_that_are_refused_alike_only_some_are_logged()
    {
        using TemporaryFolder folder = new();
        using TestAuthority authority = new(folder.Path, "authority");
        (string certificate, string key) = authority.Sign("server");
        int port = FreePort.Next();
        int secure = FreePort.Next();
        await using ServerProcess netcd = await ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("data"), port, "--cert-file", certificate, "--key-file", key,
            "--listen-client-urls", $"http://127.0.0.1:{port},https://127.0.0.1:{secure}");
        await Parallel.ForAsync(0, Connections, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, cancellation) =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, secure, cancellation);
            await socket.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), cancellation);
            byte[] rest = new byte[64];
            try
            {
                while (await socket.ReceiveAsync(rest, cancellation) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // Ended hard: that is an end too.
            }
        });

        await Poll.UntilAsync(() => Task.FromResult(Lines(netcd) > 0));
        Assert.InRange(Lines(netcd), 100, Connections / 2);
        await netcd.Channel.PutAsync("a", "b");
    }

    private static int Lines(ServerProcess server) =>
        server.Log.Split('\n').Count(static line => line.Contains(Refusal, StringComparison.Ordinal));
}
