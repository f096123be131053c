using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Security;

/// <summary>Connections that say nothing, or stop in the middle of a handshake or a request's head, are closed; on every port.</summary>
public sealed class SilentConnectionTests
{
    private static readonly TimeSpan Handshake = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Request = TimeSpan.FromSeconds(50);

    [Fact]
    public async Task A_connection_that_comes_to_nothing_is_closed_on_every_port_and_others_are_served()
    {
        using TemporaryFolder folder = new();
        using TestAuthority authority = new(folder.Path, "authority");
        (string certificate, string key) = authority.Sign("server");
        int[] ports = [FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next()];
        string[] urls = [.. ports.Select(static (port, i) => $"{(i % 2 == 0 ? "http" : "https")}://127.0.0.1:{port}")];
        await using ServerProcess netcd = await ServerProcess.ReadyAsync(
            NetcdProgram.Path, folder.At("data"), ports[0],
            "--listen-client-urls", $"{urls[0]},{urls[1]},http://127.0.0.1:{ports[4]},https://127.0.0.1:{ports[4]}",
            "--cert-file", certificate, "--key-file", key,
            "--listen-peer-urls", $"{urls[2]},{urls[3]}", "--initial-advertise-peer-urls", urls[2],
            "--initial-cluster", "default=" + urls[2], "--peer-cert-file", certificate, "--peer-key-file", key);
        byte[] hello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];
        byte[] head = "GET /version HTTP/1.1\r\nHost: a"u8.ToArray();
        (int Port, byte[] Sent, TimeSpan Most)[] kinds =
        [
            (ports[0], [], Request), (ports[0], head[..1], Request), (ports[0], head, Request), (ports[0], "PR"u8.ToArray(), Request),
            (ports[1], [], Handshake), (ports[1], hello, Handshake),
            (ports[2], [], Request), (ports[2], head, Handshake),
            (ports[3], [], Handshake), (ports[3], hello, Handshake),
            (ports[4], [], Request), (ports[4], hello, Handshake),
        ];
        Task<TimeSpan>[] closings = [.. kinds.Select(static kind => ClosedAsync(kind.Port, kind.Sent))];
        await netcd.Channel.PutAsync("a", "b");
        TimeSpan[] times = await Task.WhenAll(closings);
        Assert.All(kinds.Zip(times), static pair => Assert.True(
            pair.Second < pair.First.Most, $"{pair.First.Sent.Length} bytes at {pair.First.Port}: {pair.Second}"));
        await netcd.Channel.PutAsync("a", "c");
    }

    /// <summary>The time until the server closes a connection on which it is sent this.</summary>
    private static async Task<TimeSpan> ClosedAsync(int port, byte[] sent)
    {
        using CancellationTokenSource late = new(Request);
        Stopwatch clock = Stopwatch.StartNew();
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port, late.Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(sent, late.Token);
        byte[] answer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(answer, late.Token) > 0)
            {
                // 408 Request Timeout, say.
            }
        }
        catch (IOException)
        {
            // Reset.
        }

        return clock.Elapsed;
    }
}
