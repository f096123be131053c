using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;

namespace Netcd.Interop.Hardening;

/// <summary>A raft message as it is on the wire, with any field of any value, and the requests that carry it to a peer port.</summary>
internal sealed class PeerMessage : IDisposable
{
    public const int Propose = 2;
    public const int Append = 3;
    public const int Snapshot = 7;
    public const int Heartbeat = 8;

    private const int TypeField = 1;
    private const int ToField = 2;
    private const int FromField = 3;
    private const int TermField = 4;
    private const int EntriesField = 7;
    private const int CommitField = 8;
    private const int SnapshotField = 9;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly MemoryStream bytes = new();
    private readonly ulong from;

    public PeerMessage(int type, ulong from, ulong to)
    {
        this.from = from;
        Number(TypeField, (ulong)type).Number(ToField, to).Number(FromField, from);
    }

    public PeerMessage Term(ulong term) => Number(TermField, term);

    public PeerMessage Commit(ulong commit) => Number(CommitField, commit);

    /// <summary>Adds an entry to propose.</summary>
    public PeerMessage Entry(int type, byte[] data)
    {
        using MemoryStream entry = new();
        Write(entry, 1, (ulong)type);
        Write(entry, 4, data);
        Write(bytes, EntriesField, entry.ToArray());
        return this;
    }

    /// <summary>Adds entries with nothing in them.</summary>
    public PeerMessage EmptyEntries(int count)
    {
        byte[] empty = new byte[2 * count];
        for (int i = 0; i < empty.Length; i += 2)
        {
            empty[i] = (EntriesField << 3) | (int)WireFormat.WireType.LengthDelimited;
        }

        bytes.Write(empty);
        return this;
    }

    /// <summary>Adds a snapshot with voters.</summary>
    public PeerMessage At(ulong index, ulong term, params ulong[] voters)
    {
        using MemoryStream state = new();
        foreach (ulong voter in voters)
        {
            Write(state, 1, voter);
        }

        using MemoryStream metadata = new();
        Write(metadata, 1, state.ToArray());
        Write(metadata, 2, index);
        Write(metadata, 3, term);
        using MemoryStream snapshot = new();
        Write(snapshot, 2, metadata.ToArray());
        Write(bytes, SnapshotField, snapshot.ToArray());
        return this;
    }

    /// <summary>Posts it; gives the status and the text of the answer.</summary>
    public Task<(int Status, string Text)> PostAsync(string peerUrl, string clusterId) =>
        SendAsync(peerUrl + "/raft", clusterId, bytes.ToArray());

    /// <summary>Posts it with an image behind it.</summary>
    public Task<(int Status, string Text)> PostAsync(string peerUrl, string clusterId, byte[] image)
    {
        byte[] length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)bytes.Length);
        return SendAsync(peerUrl + "/raft/snapshot", clusterId, [.. length, .. bytes.ToArray(), .. image]);
    }

    /// <summary>Begins with a request of so many bytes and sends the first of them; the rest is left to the caller.</summary>
    public static async Task<TcpClient> BeginAsync(
        int port, string path, ulong from, string clusterId, long length, ReadOnlyMemory<byte> first)
    {
        TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port);
        StringBuilder head = new($"POST {path} HTTP/1.1\r\nHost: peer\r\n");
        foreach ((string name, string value) in HeadersOf(from, clusterId))
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n\r\n");
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head.ToString()));
        await client.GetStream().WriteAsync(first);
        return client;
    }

    /// <summary>The cluster's id, as the peer port tells it.</summary>
    public static async Task<string> ClusterIdAsync(string peerUrl)
    {
        using HttpClient http = new() { Timeout = Deadline };
        using HttpResponseMessage answer = await http.GetAsync(new Uri(peerUrl + "/members"));
        return answer.Headers.GetValues("X-Etcd-Cluster-ID").Single();
    }

    public void Dispose() => bytes.Dispose();

    private async Task<(int Status, string Text)> SendAsync(string url, string clusterId, byte[] body)
    {
        using HttpClient http = new() { Timeout = Deadline };
        using HttpRequestMessage request = new(HttpMethod.Post, url);
        foreach ((string name, string value) in HeadersOf(from, clusterId))
        {
            request.Headers.Add(name, value);
        }

        request.Content = new ByteArrayContent(body);
        using HttpResponseMessage answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static (string Name, string Value)[] HeadersOf(ulong from, string clusterId) =>
    [
        ("X-Server-From", from.ToString("x", CultureInfo.InvariantCulture)),
        ("X-Server-Version", "3.5.30"), ("X-Min-Cluster-Version", "3.0.0"),
        ("X-Etcd-Cluster-ID", clusterId),
    ];

    private PeerMessage Number(int field, ulong value)
    {
        Write(bytes, field, value);
        return this;
    }

    private static void Write(MemoryStream target, int field, ulong value)
    {
        using CodedOutputStream output = new(target, leaveOpen: true);
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteUInt64(value);
    }

    private static void Write(MemoryStream target, int field, byte[] value)
    {
        using CodedOutputStream output = new(target, leaveOpen: true);
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
    }
}
