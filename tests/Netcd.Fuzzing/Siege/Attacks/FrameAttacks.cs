using System.Net;
using System.Net.Sockets;
using static Netcd.Fuzzing.Http2Frames;

namespace Netcd.Fuzzing.Siege.Attacks;

/// <summary>HTTP/2 spoken by hand: what no client library does.</summary>
internal static class FrameAttacks
{
    public static IReadOnlyList<Attack> All { get; } =
    [
        new("H2 streams that are opened and reset", static (attack, cluster, end) => FloodAsync(attack, cluster, 4, OpenAndReset, end)),
        new("L8 pings without end", static (attack, cluster, end) => FloodAsync(attack, cluster, 4, Pings, end)),
        new("M8 streams whose headers refer to a large one",
            static (attack, cluster, end) => FloodAsync(attack, cluster, 1, HeaderBomb, end)),
    ];

    /// <summary>Connections that write what they are given again and again, and read what comes.</summary>
    private static Task FloodAsync(
        Attack attack, SiegeCluster cluster, int connections, Func<int, (byte[] Frames, int Count)> make, CancellationToken end) =>
        attack.RepeatAsync(connections, async _ =>
        {
            using TcpClient client = new();
            await client.ConnectAsync(IPAddress.Loopback, cluster.Leader.ClientPort, end).ConfigureAwait(false);
            await using Stream stream = await cluster.Guard.SecureAsync(client.GetStream(), end).ConfigureAwait(false);
            await stream.WriteAsync(Preface.ToArray(), end).ConfigureAwait(false);
            await stream.WriteAsync(Frame(Settings, 0, 0, []), end).ConfigureAwait(false);
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(end);
            Task reading = ReadAllAsync(stream, over);
            for (int round = 0; !over.IsCancellationRequested; round++)
            {
                (byte[] frames, int count) = make(round);
                await stream.WriteAsync(frames, over.Token).ConfigureAwait(false);
                attack.Count(count);
            }

            await reading.ConfigureAwait(false);
        });

    private static async Task ReadAllAsync(Stream stream, CancellationTokenSource over)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await stream.ReadAsync(buffer, over.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // It is over.
        }

        await over.CancelAsync().ConfigureAwait(false);
    }

    private static (byte[] Frames, int Count) OpenAndReset(int round)
    {
        const int Streams = 100;
        List<byte> frames = [];
        byte[] block = RequestBlock("/etcdserverpb.KV/Range");
        for (int i = 0; i < Streams; i++)
        {
            int id = (((round * Streams) + i) * 2) + 1;
            frames.AddRange(Frame(Headers, EndHeaders, id, block));
            frames.AddRange(Frame(Data, 0, id, [0, 0, 0, 0, 3, 10, 1, (byte)'a']));
            frames.AddRange(Frame(Reset, 0, id, [0, 0, 0, 8]));
        }

        return ([.. frames], Streams);
    }

    private static (byte[] Frames, int Count) Pings(int round)
    {
        const int Number = 200;
        List<byte> frames = [];
        for (int i = 0; i < Number; i++)
        {
            frames.AddRange(Frame(Ping, 0, 0, [0, 0, 0, 0, (byte)round, 0, 0, (byte)i]));
        }

        return ([.. frames], Number);
    }

    /// <summary>The first stream puts an entry of 3,800 bytes into the table; each later one refers to it seven times.</summary>
    private static (byte[] Frames, int Count) HeaderBomb(int round)
    {
        const int Streams = 200;
        List<byte> frames = [];
        for (int i = 0; i < Streams; i++)
        {
            int id = (((round * Streams) + i) * 2) + 1;
            List<byte> block = [.. RequestBlock("/etcdserverpb.Watch/Watch")];
            if (id == 1)
            {
                // Literal with incremental indexing: it becomes entry 62 of the table.
                block.AddRange([0x40, .. Text("x-large"), .. Text(new string('v', 3_800))]);
            }
            else
            {
                block.AddRange(Enumerable.Repeat((byte)(0x80 | 62), 7));
            }

            frames.AddRange(Frame(Headers, EndHeaders, id, [.. block]));
        }

        return round < 50 ? ([.. frames], Streams) : (Frame(Ping, 0, 0, new byte[8]), 1);
    }
}
