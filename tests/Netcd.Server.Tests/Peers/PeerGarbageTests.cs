using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Server.Peers;
using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Server.Tests.Peers;

/// <summary>What no member sends is refused on the peer port, and the server lives on.</summary>
public sealed class PeerGarbageTests(PeerPort port) : IClassFixture<PeerPort>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n")]
    [InlineData("no request of any kind\r\n\r\n")]
    [InlineData("POST /raft HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: +0\r\n\r\n")]
    public async Task Bytes_that_are_no_request_close_the_connection(string bytes)
    {
        using TcpClient connection = await port.ConnectAsync();
        await connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(bytes));
        string answer = await PeerPort.ReadToEndAsync(connection);
        Assert.DoesNotContain("HTTP/1.1 2", answer, StringComparison.Ordinal);
        await port.AssertServesAsync();
    }

    [Fact]
    public async Task Headers_that_do_not_end_close_the_connection()
    {
        using TcpClient connection = await port.ConnectAsync();
        await connection.GetStream().WriteAsync("POST /raft HTTP/1.1\r\nHost: a\r\n"u8.ToArray());
        string answer = await PeerPort.ReadToEndAsync(connection);
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        await port.AssertServesAsync();
    }

    [Fact]
    public async Task A_message_that_claims_to_be_too_long_is_refused_before_it_is_sent()
    {
        using TcpClient connection = await port.ConnectAsync();
        await connection.GetStream().WriteAsync(Head("/raft", PeerLimits.MessageBytes + 1L));
        using StreamReader answer = new(connection.GetStream(), Encoding.Latin1);
        Assert.Equal("HTTP/1.1 400 Bad Request", await answer.ReadLineAsync().WaitAsync(Deadline));
        await port.AssertServesAsync();
    }

    [Fact]
    public async Task A_message_that_grows_beyond_the_limit_is_refused()
    {
        using HttpRequestMessage request = port.Request(
            HttpMethod.Post, "/raft", new byte[PeerLimits.MessageBytes + (1 << 20)], port.PeerId);
        request.Headers.TransferEncodingChunked = true;
        try
        {
            Assert.Equal((HttpStatusCode.BadRequest, "error reading raft message"), await port.SendAsync(request));
        }
        catch (HttpRequestException)
        {
            // The connection was closed while the rest was still being sent.
        }

        await port.AssertServesAsync();
    }

    [Theory]
    [InlineData("zz not a message")]
    [InlineData("\u0008\u00ff\u00ff")]
    [InlineData("\u003a\u00ff\u00ff\u00ff\u00ff\u0007")]
    public async Task A_body_that_is_no_message_is_refused(string body)
    {
        using HttpRequestMessage request = port.Request(HttpMethod.Post, "/raft", Encoding.Latin1.GetBytes(body));
        Assert.Equal((HttpStatusCode.BadRequest, "error unmarshalling raft message"), await port.SendAsync(request));
        await port.AssertServesAsync();
    }

    [Theory]
    [InlineData(MessageType.Hup)]
    [InlineData(MessageType.Beat)]
    [InlineData(MessageType.StorageAppendResponse)]
    [InlineData(MessageType.Unreachable)]
    [InlineData(MessageType.SnapshotStatus)]
    [InlineData(MessageType.Snapshot)]
    public async Task What_a_member_tells_only_itself_is_not_taken_from_others(MessageType type)
    {
        Message message = new() { Type = type, From = port.PeerId, To = port.MemberId, Term = 1_000, Index = 1_000_000, LogTerm = 1_000 };
        using HttpRequestMessage request = port.Request(HttpMethod.Post, "/raft", RaftWire.Encode(message), port.PeerId);
        await port.SendAsync(request);
        await port.AssertServesAsync();
    }

    [Fact]
    public async Task A_snapshot_whose_message_is_too_long_is_refused()
    {
        byte[] body = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(body, PeerLimits.SnapshotMessageBytes + 1);
        await AssertSnapshotRefusedAsync(body, HttpStatusCode.BadRequest, "error limit exceeded");
    }

    [Fact]
    public Task A_snapshot_that_ends_in_its_message_is_refused() =>
        AssertSnapshotRefusedAsync([0, 0, 0, 0, 0, 0, 1, 0, 1, 2, 3], HttpStatusCode.BadRequest, "failed to decode raft message");

    [Fact]
    public Task A_snapshot_whose_message_is_garbage_is_refused() =>
        AssertSnapshotRefusedAsync([0, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255], HttpStatusCode.BadRequest, "failed to decode raft message");

    [Fact]
    public Task Another_message_in_place_of_a_snapshot_is_refused() => AssertSnapshotRefusedAsync(
        Body(new Message { Type = MessageType.Heartbeat, From = port.PeerId, To = port.MemberId }, []),
        HttpStatusCode.BadRequest,
        "wrong raft message type");

    [Fact]
    public Task A_snapshot_for_another_member_is_refused() => AssertSnapshotRefusedAsync(
        Body(Snapshot(to: port.MemberId + 1), []), HttpStatusCode.PreconditionFailed, "cannot process message to mismatch member");

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(200_000)]
    public Task A_snapshot_whose_image_is_no_database_is_refused(int bytes)
    {
        byte[] image = new byte[bytes];
        Array.Fill(image, (byte)0x5a);
        return AssertSnapshotRefusedAsync(
            Body(Snapshot(port.MemberId), image), HttpStatusCode.InternalServerError, "failed to save KV snapshot");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task A_snapshot_whose_image_is_cut_short_or_another_programs_database_is_refused(int missingBytes)
    {
        byte[] image = await NewDatabaseAsync();
        await AssertSnapshotRefusedAsync(
            Body(Snapshot(port.MemberId), image[..^missingBytes]),
            HttpStatusCode.InternalServerError,
            "failed to save KV snapshot (the image is damaged)");
    }

    [Fact]
    public async Task A_snapshot_whose_sender_goes_away_leaves_nothing_behind()
    {
        byte[] body = Body(Snapshot(port.MemberId), new byte[100_000]);
        using (TcpClient connection = await port.ConnectAsync())
        {
            await connection.GetStream().WriteAsync(Head("/raft/snapshot", body.Length + 1_000_000));
            await connection.GetStream().WriteAsync(body);
            await UntilAsync(() => Directory.GetFiles(port.SnapshotDirectory, "tmp*").Length > 0);
        }

        await UntilAsync(() => Directory.GetFiles(port.SnapshotDirectory, "tmp*").Length == 0);
        Assert.Empty(Directory.GetFiles(port.SnapshotDirectory, "*.snap.db"));
        await port.AssertServesAsync();
    }

    [Fact]
    public async Task A_peer_whose_stream_is_garbage_is_disconnected_and_tried_again()
    {
        using TcpListener peer = new(IPAddress.Loopback, 0);
        peer.Start();
        ulong learner = await port.AddLearnerAsync($"http://127.0.0.1:{((IPEndPoint)peer.LocalEndpoint).Port}");
        using CancellationTokenSource late = new(Deadline);
        int streams = 0;
        while (streams < 4)
        {
            using TcpClient connection = await peer.AcceptTcpClientAsync(late.Token);
            byte[] request = new byte[4096];
            int count = await connection.GetStream().ReadAsync(request, late.Token);
            bool isStream = Encoding.Latin1.GetString(request, 0, count).StartsWith("GET /raft/stream/", StringComparison.Ordinal);
            if (!isStream)
            {
                continue;
            }

            // A frame of 2^63 bytes and more.
            string answer = $"HTTP/1.1 200 OK\r\nX-Server-Version: 3.7.0\r\nX-Etcd-Cluster-ID: {port.ClusterId}\r\n\r\n"
                + new string('\u00ff', 64);
            await connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer), late.Token);
            await PeerPort.ReadToEndAsync(connection);
            streams++;
        }

        await port.AssertServesAsync();
        await port.RemoveAsync(learner);
    }

    private static byte[] Body(Message message, byte[] image)
    {
        byte[] encoded = RaftWire.Encode(message);
        byte[] length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)encoded.Length);
        return [.. length, .. encoded, .. image];
    }

    /// <summary>One that raft would take: of a later term, far ahead of the log.</summary>
    private Message Snapshot(ulong to) => new()
    {
        Type = MessageType.Snapshot,
        From = port.PeerId,
        To = to,
        Term = 50,
        Snapshot = new Snapshot
        {
            Metadata = new SnapshotMetadata { Index = 1_000_000, Term = 50, ConfState = new ConfState { Voters = [to, port.PeerId] } },
        },
    };

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource late = new(Deadline);
        while (!condition())
        {
            await Task.Delay(5, late.Token);
        }
    }

    /// <summary>A database in bbolt's format with nothing in it.</summary>
    private static async Task<byte[]> NewDatabaseAsync()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("netcd-image");
        string path = Path.Combine(directory.FullName, "db");
        BoltDatabase.Open(PhysicalDisk.Instance, path).Dispose();
        byte[] bytes = await File.ReadAllBytesAsync(path);
        directory.Delete(recursive: true);
        return bytes;
    }

    private async Task AssertSnapshotRefusedAsync(byte[] body, HttpStatusCode status, string text)
    {
        using HttpRequestMessage request = port.Request(HttpMethod.Post, "/raft/snapshot", body, port.PeerId);
        (HttpStatusCode answered, string told) = await port.SendAsync(request);
        Assert.Equal(status, answered);
        Assert.Contains(text, told, StringComparison.Ordinal);
        await port.AssertServesAsync();
        Assert.Empty(Directory.GetFiles(port.SnapshotDirectory, "*.snap.db"));
    }

    private byte[] Head(string path, long length) => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: peer\r\n{PeerHeaders.From}: {PeerHeaders.Hex(port.PeerId)}\r\n{PeerHeaders.Version}: 3.7.0\r\n"
            + $"{PeerHeaders.MinClusterVersion}: 3.0.0\r\n"
            + $"{PeerHeaders.ClusterId}: {port.ClusterId}\r\nContent-Length: {length}\r\n\r\n");
}
