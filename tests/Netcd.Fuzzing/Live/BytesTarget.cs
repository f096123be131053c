using static Netcd.Fuzzing.Http2Frames;

namespace Netcd.Fuzzing.Live;

/// <summary>
/// Bytes on a connection of their own, whatever they say, behind the handshake where the port speaks TLS: all but the first, which says
/// whether the sender waits for an answer. The server answers or hangs up; when the sender has ended, it hangs up.
/// </summary>
internal sealed class BytesTarget(LivePort port, bool isForPeers) : IFuzzTarget
{
    private readonly LiveServer server = new(port);

    public string Name => port.NameOf(isForPeers ? "peer-bytes" : "bytes");

    public IReadOnlyList<byte[]> Seeds { get; } = isForPeers ? PeerSeeds() : ClientSeeds();

    public IReadOnlyList<byte[]> Words { get; } =
    [
        .. new[]
        {
            "\r\n", "\r\n\r\n", "HTTP/1.1", "Content-Length: ", "Transfer-Encoding: chunked", "Connection: close", "Upgrade: websocket",
            "Expect: 100-continue", "0\r\n\r\n", "GET ", "POST ", "OPTIONS * ",
        }.Select(System.Text.Encoding.ASCII.GetBytes),
        Frame(Settings, 0, 0, []), Frame(Settings, EndStream, 0, []), Frame(Ping, 0, 0, new byte[8]),
        Frame(WindowUpdate, 0, 0, [0, 0, 0, 0]),
        Frame(Reset, 0, 1, [0, 0, 0, 8]),
    ];

    public Verdict Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return Verdict.Refused;
        }

        byte[] answer = LiveConnection.Exchange(
            isForPeers ? server.PeerUrl : server.ClientUrl, input[1..], server.Secure, waits: (input[0] & 1) == 0);
        server.Check();
        if (answer.AsSpan().StartsWith("HTTP/1.1 500"u8))
        {
            throw new InvalidDataException(System.Text.Encoding.Latin1.GetString(answer));
        }

        return IsTaken(answer) ? Verdict.Accepted : Verdict.Refused;
    }

    public void Dispose() => server.Dispose();

    /// <summary>Whether it is a success of HTTP/1.1, or headers that answer a request of HTTP/2.</summary>
    private static bool IsTaken(byte[] answer)
    {
        if (answer.AsSpan().StartsWith("HTTP/1.1 2"u8))
        {
            return true;
        }

        for (int at = 0; at + 9 <= answer.Length;)
        {
            if (answer[at + 3] == Headers)
            {
                return true;
            }

            at += 9 + (answer[at] << 16 | answer[at + 1] << 8 | answer[at + 2]);
        }

        return false;
    }

    private static IReadOnlyList<byte[]> ClientSeeds() =>
    [
        [0, .. "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8],
        [0, .. "GET /version HTTP/1.0\r\n\r\n"u8],
        [0, .. "POST /v3/kv/range HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{\"key\":\"YQ==\"}"u8],
        [0, .. "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\ne\r\n{\"key\":\"YQ==\"}\r\n0\r\n\r\n"u8],
        Call("/etcdserverpb.KV/Range", [10, 1, (byte)'a']),
        Call("/etcdserverpb.Watch/Watch", [10, 3, 10, 1, (byte)'a']),
        Call("/etcdserverpb.Lease/LeaseKeepAlive", [8, 7]),
    ];

    private static IReadOnlyList<byte[]> PeerSeeds() =>
    [
        [0, .. "GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8],
        [0, .. "GET /members HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8],
        [0, .. "GET /raft/stream/msgapp/1 HTTP/1.1\r\nHost: a\r\nX-Raft-To: 2\r\nX-Etcd-Cluster-Id: 3\r\n\r\n"u8],
        [0, .. "POST /raft HTTP/1.1\r\nHost: a\r\nX-Etcd-Cluster-Id: 3\r\nContent-Length: 6\r\n\r\n\u0008\u0008\u0010\u0001\u0018\u0002"u8],
        [0, .. "POST /leases HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\u0008\u0007"u8],
        [0, .. "POST /members/hashkv HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 14\r\n\r\n{\"revision\":1}"u8],
        [0, .. "GET /raft/probing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8],
    ];

    private static byte[] Call(string path, byte[] message) =>
    [
        0, .. Preface, .. Frame(Settings, 0, 0, []), .. Frame(Headers, EndHeaders, 1, RequestBlock(path)),
        .. Frame(Data, EndStream, 1, [0, 0, 0, 0, (byte)message.Length, .. message]),
    ];
}
