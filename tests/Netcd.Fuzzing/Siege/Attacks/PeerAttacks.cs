using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Fuzzing.Siege.Attacks;

/// <summary>Strangers at the peer port, who know what anybody may learn there: the ids of the cluster and of its members.</summary>
internal static class PeerAttacks
{
    private const ulong Stranger = 0x5712a43e;

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("C3 H7 H9 messages of strangers that cannot be", MessagesAsync),
        new("M5 slow snapshots of strangers", SlowSnapshotsAsync),
        new("M9 large messages of strangers", static (attack, cluster, end) => PostAsync(
            attack, cluster, static _ =>
                new Message { Type = MessageType.Propose, Entries = new[] { new Entry(EntryType.Normal, 0, 0, new byte[8 << 20]) } }, end)),
    ];

    private static Task MessagesAsync(Attack attack, SiegeCluster cluster, CancellationToken end) =>
        PostAsync(attack, cluster, static number => (number % 8) switch
        {
            0 => new Message { Type = MessageType.Heartbeat, Term = ulong.MaxValue },
            1 => new Message { Type = MessageType.Append, Term = 0 },
            2 => new Message { Type = MessageType.Heartbeat, Term = 0 },
            3 => new Message { Type = MessageType.Heartbeat, Term = 1UL << 40, Commit = 1UL << 40 },
            4 => new Message
            {
                Type = MessageType.Propose,
                Entries = new[] { new Entry(EntryType.Normal, 0, 0, "no request"u8.ToArray()) },
            },
            5 => new Message
            {
                Type = MessageType.Propose,
                Entries = new[] { new Entry(EntryType.ConfChange, 0, 0, "no change"u8.ToArray()) },
            },
            6 => new Message { Type = MessageType.Vote, Term = 1UL << 33, Index = ulong.MaxValue, LogTerm = ulong.MaxValue },
            _ => new Message { Type = MessageType.AppendResponse, Term = 2, Index = ulong.MaxValue },
        }, end);

    private static async Task PostAsync(Attack attack, SiegeCluster cluster, Func<int, Message> make, CancellationToken end)
    {
        using HttpClient client = cluster.Guard.HttpClient();
        int number = 0;
        await attack.RepeatAsync(4, async _ =>
        {
            int at = Interlocked.Increment(ref number);
            SiegeMember member = cluster.Members[at % cluster.Members.Count];
            Message message = make(at);
            (message.From, message.To) = (Stranger, member.Id);
            using HttpRequestMessage request = new(HttpMethod.Post, member.PeerUrl + "/raft")
            {
                Content = new ByteArrayContent(RaftWire.Encode(message)),
            };
            foreach ((string name, string value) in HeadersOf(member))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using HttpResponseMessage answer = await client.SendAsync(request, end).ConfigureAwait(false);
            await Task.Delay(10, end).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private static async Task SlowSnapshotsAsync(Attack attack, SiegeCluster cluster, CancellationToken end) =>
        await attack.RepeatAsync(6, async index =>
        {
            SiegeMember member = cluster.Members[index % cluster.Members.Count];
            Snapshot snapshot = new()
            {
                Metadata = new SnapshotMetadata { Index = 1_000_000, Term = 100, ConfState = new ConfState { Voters = [member.Id] } },
            };
            byte[] message = RaftWire.Encode(
                new Message { Type = MessageType.Snapshot, From = Stranger, To = member.Id, Term = 100, Snapshot = snapshot });
            using TcpClient client = new();
            await client.ConnectAsync(IPAddress.Loopback, member.PeerPort, end).ConfigureAwait(false);
            await using Stream stream = await cluster.Guard.SecureAsync(client.GetStream(), end).ConfigureAwait(false);
            StringBuilder head = new("POST /raft/snapshot HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n");
            foreach ((string name, string value) in HeadersOf(member))
            {
                head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            }

            byte[] length = new byte[8];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)message.Length);
            await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. length, .. message], end)
                .ConfigureAwait(false);
            for (int i = 0; i < 60; i++)
            {
                await Task.Delay(1_000, end).ConfigureAwait(false);
                await stream.WriteAsync(new byte[1], end).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);

    private static (string Name, string Value)[] HeadersOf(SiegeMember member) =>
    [
        ("X-Etcd-Cluster-ID", member.ClusterId.ToString("x", CultureInfo.InvariantCulture)),
        ("X-Server-From", Stranger.ToString("x", CultureInfo.InvariantCulture)),
        ("X-Server-Version", "3.5.0"),
        ("X-Min-Cluster-Version", "3.0.0"),
        ("X-Raft-To", member.Id.ToString("x", CultureInfo.InvariantCulture)),
    ];
}
