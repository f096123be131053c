using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Netcd.Server.Tests.Configuration;

/// <summary>A name server on loopback that knows the SRV records that it is given, and says NXDOMAIN to all else.</summary>
internal sealed class LoopbackDns : IAsyncDisposable
{
    private const int HeaderBytes = 12;
    private const ushort TypeSrv = 33;
    private const ushort ClassInternet = 1;
    private const ushort AnswerFlags = 0x8580;
    private const int NameError = 3;

    private readonly UdpClient socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<string, (string Host, int Port)[]> records = new(StringComparer.OrdinalIgnoreCase);
    private readonly Task serving;

    public LoopbackDns() => serving = ServeAsync();

    /// <summary>Where it is asked, as address:port.</summary>
    public string Address => socket.Client.LocalEndPoint!.ToString()!;

    /// <summary>Sets a name's records.</summary>
    public void Set(string name, params (string Host, int Port)[] targets) => records[name] = targets;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving;
        socket.Dispose();
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                UdpReceiveResult question = await socket.ReceiveAsync(stop.Token);
                await socket.SendAsync(Answer(question.Buffer), question.RemoteEndPoint, stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private byte[] Answer(byte[] question)
    {
        string name = ReadName(question, out int end);
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(end));
        (string Host, int Port)[] found = type == TypeSrv ? records.GetValueOrDefault(name, []) : [];
        using MemoryStream answer = new();
        answer.Write(question.AsSpan(0, 2));
        Write(answer, found.Length > 0 ? AnswerFlags : AnswerFlags | NameError, 1, found.Length, 0, 0);
        answer.Write(question.AsSpan(HeaderBytes, end + 4 - HeaderBytes));
        foreach ((string host, int port) in found)
        {
            byte[] target = WriteName(host);
            WriteFirst(answer);
            Write(answer, TypeSrv, ClassInternet, 0, 60, 6 + target.Length, 0, 0, port);
            answer.Write(target);
        }

        return answer.ToArray();
    }

    /// <summary>A pointer to the question's name, in place of the name.</summary>
    private static void WriteFirst(MemoryStream answer) => Write(answer, 0xC000 | HeaderBytes);

    private static void Write(MemoryStream answer, params ReadOnlySpan<int> numbers)
    {
        foreach (int number in numbers)
        {
            answer.WriteByte((byte)(number >> 8));
            answer.WriteByte((byte)number);
        }
    }

    private static string ReadName(byte[] message, out int end)
    {
        List<string> labels = [];
        for (end = HeaderBytes; message[end] != 0; end += message[end] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(message, end + 1, message[end]));
        }

        end++;
        return string.Join('.', labels);
    }

    private static byte[] WriteName(string name)
    {
        using MemoryStream bytes = new();
        foreach (string label in name.Split('.'))
        {
            bytes.WriteByte((byte)label.Length);
            bytes.Write(Encoding.ASCII.GetBytes(label));
        }

        bytes.WriteByte(0);
        return bytes.ToArray();
    }
}
