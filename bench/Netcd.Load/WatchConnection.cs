using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Load;

/// <summary>One connection with many watch streams of one watch each.</summary>
internal sealed class WatchConnection : Http2Connection
{
    private readonly LatencyHistogram latencies;
    private readonly int streams;
    private readonly bool stops;
    private long events;
    private int created;

    private WatchConnection(Socket socket, int streams, LatencyHistogram latencies, bool stops)
        : base(socket)
    {
        this.streams = streams;
        this.latencies = latencies;
        this.stops = stops;
    }

    public long Events => Volatile.Read(ref events);

    public int Created => Volatile.Read(ref created);

    protected override bool Reads => !stops || Created < streams;

    /// <param name="endpoint">The server.</param>
    /// <param name="key">What all watch.</param>
    /// <param name="streams">How many.</param>
    /// <param name="latencies">Where the times from put to event go.</param>
    /// <param name="stops">Whether nothing is read any more once the watches are created.</param>
    public static async Task<WatchConnection> OpenAsync(
        Uri endpoint, ByteString key, int streams, LatencyHistogram latencies, bool stops = false)
    {
        WatchConnection connection = new(await ConnectAsync(endpoint), streams, latencies, stops);
        await connection.StartAsync();
        byte[] request = Frames.Of(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = key } });
        for (int i = 0; i < streams; i++)
        {
            await connection.OpenStreamAsync((2 * i) + 1, endpoint, "/etcdserverpb.Watch/Watch", request);
        }

        return connection;
    }

    // Fields 1 to 10 of a WatchResponse tell what it is, each field 11 is an event.
    protected override void TakeMessage(int stream, ReadOnlySpan<byte> message)
    {
        long now = Stopwatch.GetTimestamp();
        int events = 0;
        while (!message.IsEmpty)
        {
            ulong tag = Varint(ref message);
            if ((tag & 7) == 0)
            {
                ulong value = Varint(ref message);
                if (tag >> 3 == 3 && value == 1)
                {
                    Interlocked.Increment(ref created);
                }

                continue;
            }

            int length = (int)Varint(ref message);
            if (tag >> 3 == 11)
            {
                long sent = BinaryPrimitives.ReadInt64LittleEndian(message.Slice(length - sizeof(long), sizeof(long)));
                latencies.Record((long)((now - sent) * (1e9 / Stopwatch.Frequency)));
                events++;
            }

            message = message[length..];
        }

        if (events > 0)
        {
            Interlocked.Add(ref this.events, events);
        }
    }
}
