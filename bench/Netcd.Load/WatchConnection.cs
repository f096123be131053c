using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Load;

/// <summary>
/// One connection with many watch streams, spoken to in HTTP/2's own frames: a client library costs more CPU an event than the
/// server that is measured.
/// </summary>
internal sealed class WatchConnection : IDisposable
{
    private const int FrameHeader = 9;
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte WindowUpdate = 8;
    private const byte Acknowledged = 1;
    private const byte EndHeaders = 4;
    private const byte Padded = 8;
    private const int Window = int.MaxValue;
    private const int WindowRefill = 1 << 26;

    private readonly Socket _socket;
    private readonly LatencyHistogram _latencies;
    private readonly Dictionary<int, byte[]> _parts = [];
    private long _events;
    private int _created;

    private WatchConnection(Socket socket, LatencyHistogram latencies)
    {
        _socket = socket;
        _latencies = latencies;
    }

    public long Events => Volatile.Read(ref _events);

    public int Created => Volatile.Read(ref _created);

    public static async Task<WatchConnection> OpenAsync(Uri endpoint, ByteString key, int streams, LatencyHistogram latencies)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint.Host, endpoint.Port);
        var connection = new WatchConnection(socket, latencies);
        await connection.SendAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Opening()]);
        _ = Task.Run(connection.ReadAsync);
        byte[] headers = HeaderBlock(endpoint.Authority);
        byte[] request = Frames.Of(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = key } });
        for (int i = 0; i < streams; i++)
        {
            int id = (2 * i) + 1;
            await connection.SendAsync([.. Frame(Headers, EndHeaders, id, headers), .. Frame(Data, 0, id, request)]);
        }

        return connection;
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] Opening()
    {
        byte[] settings = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(settings, 4);
        BinaryPrimitives.WriteInt32BigEndian(settings.AsSpan(2), Window);
        return [.. Frame(Settings, 0, 0, settings), .. Increment(Window - 65_535)];
    }

    private static byte[] Increment(int bytes)
    {
        byte[] payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, bytes);
        return Frame(WindowUpdate, 0, 0, payload);
    }

    // Indexed fields of HPACK's static table, and literals that are not kept.
    private static byte[] HeaderBlock(string authority) =>
    [
        0x83, 0x86, 0x04, .. Text("/etcdserverpb.Watch/Watch"), 0x01, .. Text(authority),
        0x0f, 0x10, .. Text("application/grpc"), 0x00, .. Text("te"), .. Text("trailers"),
    ];

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[FrameHeader + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(FrameHeader));
        return frame;
    }

    private async Task SendAsync(byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;) sent += await _socket.SendAsync(bytes.AsMemory(sent));
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[1 << 20];
        int filled = 0;
        int unacknowledged = 0;
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(filled)) is var received and > 0)
            {
                filled += received;
                int used = 0;
                while (filled - used >= FrameHeader && BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(used)) >>> 8 is var length
                    && filled - used >= FrameHeader + length)
                {
                    byte[]? reply = Take(buffer.AsSpan(used, FrameHeader + length), ref unacknowledged);
                    if (reply is not null) await SendAsync(reply);
                    used += FrameHeader + length;
                }

                buffer.AsSpan(used, filled - used).CopyTo(buffer);
                filled -= used;
                if (unacknowledged >= WindowRefill)
                {
                    await SendAsync(Increment(unacknowledged));
                    unacknowledged = 0;
                }
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The run is over, or the server has gone: events will be missing, and that is told.
        }
    }

    private byte[]? Take(ReadOnlySpan<byte> frame, ref int unacknowledged)
    {
        ReadOnlySpan<byte> payload = frame[FrameHeader..];
        switch (frame[3])
        {
            case Data:
                unacknowledged += payload.Length;
                if ((frame[4] & Padded) != 0) payload = payload[1..^payload[0]];
                TakeData(BinaryPrimitives.ReadInt32BigEndian(frame[5..]), payload);
                return null;
            case Settings when (frame[4] & Acknowledged) == 0:
                return Frame(Settings, Acknowledged, 0, default);
            case Ping when (frame[4] & Acknowledged) == 0:
                return Frame(Ping, Acknowledged, 0, payload);
            default:
                return null;
        }
    }

    private void TakeData(int stream, ReadOnlySpan<byte> data)
    {
        if (_parts.Remove(stream, out byte[]? part)) data = (byte[])[.. part, .. data];
        while (data.Length >= Frames.PrefixSize && BinaryPrimitives.ReadInt32BigEndian(data[1..]) is var length
            && data.Length >= Frames.PrefixSize + length)
        {
            TakeMessage(data.Slice(Frames.PrefixSize, length));
            data = data[(Frames.PrefixSize + length)..];
        }

        if (!data.IsEmpty) _parts[stream] = data.ToArray();
    }

    // Fields 1 to 10 of a WatchResponse tell what it is, each field 11 is an event.
    private void TakeMessage(ReadOnlySpan<byte> message)
    {
        long now = Stopwatch.GetTimestamp();
        int events = 0;
        while (!message.IsEmpty)
        {
            ulong tag = Varint(ref message);
            if ((tag & 7) == 0)
            {
                ulong value = Varint(ref message);
                if (tag >> 3 == 3 && value == 1) Interlocked.Increment(ref _created);
                continue;
            }

            int length = (int)Varint(ref message);
            if (tag >> 3 == 11)
            {
                long sent = BinaryPrimitives.ReadInt64LittleEndian(message.Slice(length - sizeof(long), sizeof(long)));
                _latencies.Record((long)((now - sent) * (1e9 / Stopwatch.Frequency)));
                events++;
            }

            message = message[length..];
        }

        if (events > 0) Interlocked.Add(ref _events, events);
    }

    private static ulong Varint(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (int i = 0; ; i++)
        {
            value |= (ulong)(rest[i] & 0x7f) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return value;
            }
        }
    }
}
