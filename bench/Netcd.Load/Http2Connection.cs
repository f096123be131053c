using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Netcd.Load;

/// <summary>
/// One connection with many gRPC streams, spoken to in HTTP/2's own frames: a client library costs more CPU a message than the
/// server that is measured.
/// </summary>
/// <remarks>
/// It keeps no account of the server's windows: what it sends is small, and what is not yet answered is far less than a window.
/// </remarks>
internal abstract class Http2Connection(Socket socket) : IDisposable
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

    private readonly Dictionary<int, byte[]> parts = [];

    protected static async Task<Socket> ConnectAsync(Uri endpoint)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint.Host, endpoint.Port);
        return socket;
    }

    protected async Task StartAsync()
    {
        await SendAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Opening()]);
        _ = Task.Run(ReadAsync);
    }

    /// <summary>Opens a stream, whose numbers are 1, 3, 5 and so on, with a first message.</summary>
    protected Task OpenStreamAsync(int stream, Uri endpoint, string method, byte[] message) =>
        SendAsync([.. Frame(Headers, EndHeaders, stream, HeaderBlock(method, endpoint.Authority)), .. Frame(Data, 0, stream, message)]);

    /// <summary>Sends a message of an open stream; the caller sees to it that no two send at a time.</summary>
    protected void SendMessage(int stream, byte[] message)
    {
        byte[] frame = Frame(Data, 0, stream, message);
        for (int sent = 0; sent < frame.Length;)
        {
            sent += socket.Send(frame.AsSpan(sent));
        }
    }

    protected abstract void TakeMessage(int stream, ReadOnlySpan<byte> message);

    /// <summary>Whether to go on reading; one that stops leaves what is sent to it in the server's hands.</summary>
    protected virtual bool Reads => true;

    public void Dispose()
    {
        socket.Dispose();
        GC.SuppressFinalize(this);
    }

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
    private static byte[] HeaderBlock(string method, string authority) =>
    [
        0x83, 0x86, 0x04, .. Text(method), 0x01, .. Text(authority),
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
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent));
        }
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[1 << 20];
        int filled = 0;
        int unacknowledged = 0;
        try
        {
            while (Reads && await socket.ReceiveAsync(buffer.AsMemory(filled)) is var received and > 0)
            {
                filled += received;
                int used = 0;
                while (filled - used >= FrameHeader && BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(used)) >>> 8 is var length
                    && filled - used >= FrameHeader + length)
                {
                    byte[]? reply = Take(buffer.AsSpan(used, FrameHeader + length), ref unacknowledged);
                    if (reply is not null)
                    {
                        await SendAsync(reply);
                    }

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
            // The run is over, or the server has gone: answers will be missing, and that is told.
        }
    }

    private byte[]? Take(ReadOnlySpan<byte> frame, ref int unacknowledged)
    {
        ReadOnlySpan<byte> payload = frame[FrameHeader..];
        switch (frame[3])
        {
            case Data:
                unacknowledged += payload.Length;
                if ((frame[4] & Padded) != 0)
                {
                    payload = payload[1..^payload[0]];
                }

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
        if (parts.Remove(stream, out byte[]? part))
        {
            data = (byte[])[.. part, .. data];
        }
        while (data.Length >= Frames.PrefixSize && BinaryPrimitives.ReadInt32BigEndian(data[1..]) is var length
            && data.Length >= Frames.PrefixSize + length)
        {
            TakeMessage(stream, data.Slice(Frames.PrefixSize, length));
            data = data[(Frames.PrefixSize + length)..];
        }

        if (!data.IsEmpty)
        {
            parts[stream] = data.ToArray();
        }
    }

    protected static ulong Varint(ref ReadOnlySpan<byte> rest)
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
