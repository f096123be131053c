using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Server.Peers;
using Netcd.Server.Peers.Serving;

namespace Netcd.Server.Tests.Peers;

/// <summary>What the peer port takes of whom, and how much (findings H9, M5, M9, L3).</summary>
public sealed class StrangerTests(PeerPort port) : IClassFixture<PeerPort>
{
    private const ulong Stranger = 0xbad;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task H9_a_snapshot_of_a_stranger_is_refused_before_it_is_read()
    {
        using TcpClient connection = await port.ConnectAsync();
        await connection.GetStream().WriteAsync(Head(Stranger, 1L << 30));
        using StreamReader answer = new(connection.GetStream(), Encoding.Latin1);
        Assert.Equal("HTTP/1.1 412 Precondition Failed", await answer.ReadLineAsync().WaitAsync(Deadline));
        Assert.Empty(Directory.GetFiles(port.SnapshotDirectory, "tmp*"));
    }

    [Fact]
    public async Task H9_a_proposal_of_a_stranger_or_in_anothers_name_is_not_written()
    {
        byte[] put = [0x1a, 0x0a, 0x0a, 0x03, (byte)'b', (byte)'a', (byte)'d', 0x12, 0x03, 1, 2, 3];
        Message proposal = new()
        {
            Type = MessageType.Propose,
            From = Stranger,
            To = port.MemberId,
            Entries = new[] { new Entry(EntryType.Normal, 0, 0, put) },
        };
        using HttpRequestMessage own = port.Request(HttpMethod.Post, "/raft", RaftWire.Encode(proposal), Stranger);
        await port.SendAsync(own);
        Message heartbeat = new() { Type = MessageType.Heartbeat, From = port.PeerId, To = port.MemberId, Term = 1_000 };
        using HttpRequestMessage lie = port.Request(HttpMethod.Post, "/raft", RaftWire.Encode(heartbeat), Stranger);
        Assert.Equal((HttpStatusCode.PreconditionFailed, "cannot process message of another member"), await port.SendAsync(lie));
        await port.AssertServesAsync();
        using System.Text.Json.JsonDocument read = await port.CallAsync("/v3/kv/range", """{"key":"YmFk"}""");
        Assert.False(read.RootElement.TryGetProperty("kvs", out _));
    }

    [Fact]
    public async Task H9_a_large_message_of_a_stranger_is_refused_before_it_is_read()
    {
        using HttpRequestMessage request = port.Request(HttpMethod.Post, "/raft", new byte[PeerLimits.StrangerMessageBytes + 1], Stranger);
        Assert.Equal((HttpStatusCode.BadRequest, "error reading raft message"), await port.SendAsync(request));
    }

    [Fact]
    public async Task M5_a_member_has_one_place_for_snapshots_and_leaves_another_to_the_others()
    {
        ulong other = await port.AddLearnerAsync("http://127.0.0.1:7");
        ulong third = await port.AddLearnerAsync("http://127.0.0.1:11");
        using TcpClient first = await HoldPlaceAsync(port.PeerId, asked: port.PeerId);

        // Refused for what it holds, not for want of a place.
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(other)).Status);
        using TcpClient second = await HoldPlaceAsync(other, asked: third);
        first.Close();
        await UntilAsync(async () => (await PostAsync(third)).Status == HttpStatusCode.BadRequest);
        await port.RemoveAsync(other);
        await port.RemoveAsync(third);
    }

    [Fact]
    public async Task M5_a_sender_that_is_too_slow_is_given_up_and_the_receivers_own_time_does_not_count()
    {
        FakeTimeProvider clock = new();
        using CancellationTokenSource late = new(Timeout.InfiniteTimeSpan, clock);
        MinRate rate = new(bytes: 3, TimeSpan.FromMilliseconds(300), clock);
        using Dripping body = new(TimeSpan.FromMilliseconds(20), clock);
        byte[] buffer = new byte[1];
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(1, await rate.ReadAsync(body, buffer, late));
            clock.Advance(TimeSpan.FromMilliseconds(500));
        }

        using Dripping slow = new(TimeSpan.FromMilliseconds(200), clock);
        MinRate strict = new(bytes: 3, TimeSpan.FromMilliseconds(300), clock);
        Assert.Equal(1, await strict.ReadAsync(slow, buffer, late));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await strict.ReadAsync(slow, buffer, late));
    }

    [Fact]
    public void M9_all_bodies_together_have_a_bound()
    {
        BodyBudget budget = new(1_000);
        using BodyBudget.Share first = budget.Begin();
        first.Take(600);
        using (BodyBudget.Share second = budget.Begin())
        {
            second.Take(300);
            Assert.Throws<BodyBudgetException>(() => second.Take(200));
            second.Take(100);
        }

        first.Take(400);
        Assert.Throws<BodyBudgetException>(() => first.Take(1));
    }

    [Fact]
    public async Task M9_a_message_of_too_many_entries_is_refused_before_they_are_made()
    {
        byte[] body = new byte[2 * (RaftWire.MaxEntries + 1)];
        for (int i = 0; i < body.Length; i += 2)
        {
            body[i] = (7 << 3) | 2;
        }

        using HttpRequestMessage request = port.Request(HttpMethod.Post, "/raft", body, port.PeerId);
        Assert.Equal((HttpStatusCode.BadRequest, "error unmarshalling raft message"), await port.SendAsync(request));
    }

    [Fact]
    public async Task L3_the_answer_to_a_damaged_snapshot_names_no_file_of_the_server()
    {
        Message message = new()
        {
            Type = MessageType.Snapshot,
            From = port.PeerId,
            To = port.MemberId,
            Term = 9,
            Snapshot = new Snapshot
            {
                Metadata = new SnapshotMetadata { Index = 900, Term = 9, ConfState = new ConfState { Voters = [port.MemberId] } },
            },
        };
        byte[] encoded = RaftWire.Encode(message);
        byte[] body = [.. BitConverter.GetBytes(IPAddress.HostToNetworkOrder((long)encoded.Length)), .. encoded, .. new byte[10_000]];
        using HttpRequestMessage request = port.Request(HttpMethod.Post, "/raft/snapshot", body, port.PeerId);
        Assert.Equal(
            (HttpStatusCode.InternalServerError, "failed to save KV snapshot (the image is damaged)"), await port.SendAsync(request));
        Assert.Empty(Directory.GetFiles(port.SnapshotDirectory, "tmp*"));
    }

    private async Task<(HttpStatusCode Status, string Text)> PostAsync(ulong from)
    {
        using HttpRequestMessage request = port.Request(HttpMethod.Post, "/raft/snapshot", [0, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255], from);
        return await port.SendAsync(request);
    }

    private byte[] Head(ulong from, long length) => Encoding.ASCII.GetBytes(
        $"POST /raft/snapshot HTTP/1.1\r\nHost: peer\r\n{PeerHeaders.From}: {PeerHeaders.Hex(from)}\r\n{PeerHeaders.Version}: 3.7.0\r\n" +
        $"{PeerHeaders.MinClusterVersion}: 3.0.0\r\n{PeerHeaders.ClusterId}: {port.ClusterId}\r\nContent-Length: {length}\r\n\r\n");

    /// <summary>
    /// A connection with a snapshot that is begun and not sent, which holds a place: others are refused then. One that was answered has
    /// come while the question whether it does held the place itself.
    /// </summary>
    private async Task<TcpClient> HoldPlaceAsync(ulong sender, ulong asked)
    {
        using CancellationTokenSource late = new(Deadline);
        while (true)
        {
            TcpClient connection = await port.ConnectAsync();
            await connection.GetStream().WriteAsync(Head(sender, 1 << 20));
            while (connection.Client.Available == 0)
            {
                late.Token.ThrowIfCancellationRequested();
                if ((await PostAsync(asked)).Status == HttpStatusCode.ServiceUnavailable)
                {
                    return connection;
                }
            }

            connection.Dispose();
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource late = new(Deadline);
        while (!await condition())
        {
            await Task.Delay(5, late.Token);
        }
    }

    /// <summary>Gives a byte at a time, for each of which the time goes on.</summary>
    private sealed class Dripping(TimeSpan pause, FakeTimeProvider clock) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            clock.Advance(pause);
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(1);
        }
    }
}
