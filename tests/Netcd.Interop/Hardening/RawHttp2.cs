using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Netcd.Interop.Hardening;

/// <summary>A connection of HTTP/2 as its frames, for what no client library would send. What is answered is counted and thrown
/// away.</summary>
internal sealed class RawHttp2 : IAsyncDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Ping = 6;
    private const byte Settings = 4;
    private const byte GoAway = 7;
    private const byte WindowUpdate = 8;
    private const byte EndOfHeaders = 4;
    private const byte Acknowledgement = 1;
    private const int HeadBytes = 9;

    private readonly TcpClient client;
    private readonly Stream stream;
    private readonly bool takesAnswers;
    private readonly SemaphoreSlim writing = new(1);
    private readonly Task reading;
    private readonly long[] frames = new long[256];
    private int lastStream = -1;

    private RawHttp2(TcpClient client, Stream stream, bool takesAnswers)
    {
        this.client = client;
        this.takesAnswers = takesAnswers;
        this.stream = stream;
        reading = ReadAsync();
    }

    /// <summary>Bytes of messages that have come.</summary>
    public long DataBytes { get; private set; }

    /// <summary>Why the server has ended the connection, as it said: its code and its words.</summary>
    public (int Code, string Reason)? Farewell { get; private set; }

    /// <summary>Whether the server has ended the connection.</summary>
    public bool IsClosed => reading.IsCompleted;

    /// <summary>Connects.</summary>
    /// <param name="port">The server's.</param>
    /// <param name="takesAnswers">Whether it gives the server room for answers; else they wait for it for ever.</param>
    /// <param name="encrypt">Makes a stream of TLS of the connection's.</param>
    public static async Task<RawHttp2> ConnectAsync(int port, bool takesAnswers = true, Func<Stream, Task<Stream>>? encrypt = null)
    {
        TcpClient client = new() { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port);
        Stream plain = client.GetStream();
        RawHttp2 connection = new(client, encrypt is null ? plain : await encrypt(plain), takesAnswers);
        byte[] preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, [])];
        await connection.SendAsync(preface);
        if (takesAnswers)
        {
            await connection.SendAsync(Frame(WindowUpdate, 0, 0, [0x3f, 0, 0, 0]));
        }

        return connection;
    }

    /// <summary>Frames of a kind that have come.</summary>
    public long Count(byte type) => Interlocked.Read(ref frames[type]);

    /// <summary>A frame.</summary>
    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[HeadBytes + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(HeadBytes));
        return frame;
    }

    /// <summary>The headers of a call of gRPC, without compression.</summary>
    public static byte[] HeadersOf(string path, params (string Name, string Value)[] more) => HeadersOf(path, isEncrypted: false, more);

    /// <summary>The headers of a call of gRPC, without compression, over TLS or not.</summary>
    public static byte[] HeadersOf(string path, bool isEncrypted, params (string Name, string Value)[] more)
    {
        List<byte> block = [0x83, isEncrypted ? (byte)0x87 : (byte)0x86, 0x04, .. Text(path),
            0x01, .. Text("127.0.0.1"), 0x0f, 0x10, .. Text("application/grpc")];
        foreach ((string name, string value) in more.Prepend(("te", "trailers")))
        {
            block.AddRange([0, .. Text(name), .. Text(value)]);
        }

        return [.. block];
    }

    /// <summary>A text of HPACK (RFC 7541, section 5.2).</summary>
    public static byte[] Text(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        List<byte> encoded = [];
        int rest = bytes.Length - 127;
        encoded.Add((byte)Math.Min(bytes.Length, 127));
        if (rest >= 0)
        {
            for (; rest >= 128; rest >>= 7)
            {
                encoded.Add((byte)(rest | 128));
            }

            encoded.Add((byte)rest);
        }

        return [.. encoded, .. bytes];
    }

    /// <summary>Opens a stream, which goes on.</summary>
    /// <param name="into">Takes the bytes.</param>
    /// <param name="headers">Its headers.</param>
    public int Open(List<byte> into, byte[] headers)
    {
        lastStream += 2;
        into.AddRange(Frame(Headers, EndOfHeaders, lastStream, headers));
        return lastStream;
    }

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await writing.WaitAsync();
        try
        {
            await stream.WriteAsync(bytes);
        }
        finally
        {
            writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        client.Close();
        await reading;
        writing.Dispose();
        client.Dispose();
    }

    private async Task ReadAsync()
    {
        byte[] head = new byte[HeadBytes];
        byte[] payload = new byte[1 << 24];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(head);
                int length = BinaryPrimitives.ReadInt32BigEndian(head) >> 8 & 0xffffff;
                await stream.ReadExactlyAsync(payload.AsMemory(0, length));
                Interlocked.Increment(ref frames[head[3]]);
                await AnswerAsync(head[3], head[4], payload.AsMemory(0, length));
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task AnswerAsync(byte type, byte flags, ReadOnlyMemory<byte> payload)
    {
        if (type is Settings or Ping && (flags & Acknowledgement) == 0)
        {
            await SendAsync(Frame(type, Acknowledgement, 0, type == Ping ? payload.Span : []));
        }
        else if (type == GoAway)
        {
            Farewell ??= (BinaryPrimitives.ReadInt32BigEndian(payload.Span[4..]), Encoding.UTF8.GetString(payload.Span[8..]));
        }
        else if (type == Data)
        {
            DataBytes += payload.Length;
            if (takesAnswers && payload.Length > 0)
            {
                byte[] room = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(room, payload.Length);
                await SendAsync(Frame(WindowUpdate, 0, 0, room));
            }
        }
    }
}
