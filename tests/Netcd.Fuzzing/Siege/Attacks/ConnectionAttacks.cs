using System.Net;
using System.Net.Sockets;

namespace Netcd.Fuzzing.Siege.Attacks;

/// <summary>Connections: many, silent, half-spoken.</summary>
internal static class ConnectionAttacks
{
    private static readonly byte[] HalfPost =
        [.. "POST /v3/kv/range HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"key\""u8];

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("C1 silent connections", static (attack, cluster, end) => HoldAsync(attack, cluster, 2_000, [], end)),
        new("M6 requests that stop halfway", static (attack, cluster, end) => HoldAsync(attack, cluster, 500, HalfPost, end)),
        new("connections that come and go", ComeAndGoAsync),
    ];

    private static async Task HoldAsync(Attack attack, SiegeCluster cluster, int count, byte[] said, CancellationToken end)
    {
        List<Socket> sockets = [];
        List<Stream> streams = [];
        try
        {
            for (int i = 0; i < count && !end.IsCancellationRequested; i++)
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, cluster.Leader.ClientPort, end).ConfigureAwait(false);
                if (said.Length > 0)
                {
                    Stream stream = await cluster.Guard.SecureAsync(new NetworkStream(socket), end).ConfigureAwait(false);
                    streams.Add(stream);
                    await stream.WriteAsync(said, end).ConfigureAwait(false);
                }

                attack.Count();
            }

            await Task.Delay(Timeout.Infinite, end).ConfigureAwait(false);
        }
        finally
        {
            streams.ForEach(static stream => stream.Dispose());
            sockets.ForEach(static socket => socket.Dispose());
        }
    }

    private static Task ComeAndGoAsync(Attack attack, SiegeCluster cluster, CancellationToken end) => attack.RepeatAsync(8, async _ =>
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
        await socket.ConnectAsync(IPAddress.Loopback, cluster.Leader.ClientPort, end).ConfigureAwait(false);
        await socket.SendAsync("PRI * HT"u8.ToArray(), end).ConfigureAwait(false);
    });
}
