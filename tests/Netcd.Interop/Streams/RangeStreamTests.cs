using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Streams;

/// <summary>RangeStream with a real gRPC client over a real connection.</summary>
public sealed class RangeStreamTests(FilledServer filled) : IClassFixture<FilledServer>
{
    private const int MaxPieceBytes = (1 << 20) + (64 << 10);
    private const int StalledStreams = 8;
    private const long MaxGrowthBytes = 96L << 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task All_keys_come_in_order_in_pieces_of_bounded_size_with_header_and_count_on_the_last()
    {
        List<RangeResponse> pieces = await ReadAsync(FilledServer.All);
        Assert.Equal(Enumerable.Range(0, FilledServer.Keys).Select(FilledServer.Name), pieces.SelectMany(Names));
        Assert.Equal(10, pieces[0].Kvs.Count);
        Assert.True(pieces.Count > FilledServer.Keys * FilledServer.ValueBytes / MaxPieceBytes, $"only {pieces.Count} pieces");
        Assert.All(pieces, static piece => Assert.InRange(piece.CalculateSize(), 1, MaxPieceBytes));
        Assert.All(pieces.SkipLast(1), static piece => Assert.True(piece is { Header: null, Count: 0, More: false }));
        Assert.Equal((FilledServer.Keys, false), (pieces[^1].Count, pieces[^1].More));
        Assert.NotEqual(0ul, pieces[^1].Header.MemberId);
    }

    /// <summary>Small values let pieces grow in keys; the values that follow must not let them grow in bytes.</summary>
    [Fact]
    public async Task Large_values_behind_small_ones_come_in_pieces_of_bounded_size_too()
    {
        const int Small = 2_000;
        const int Large = 24;
        for (int first = 0; first < Small; first += 100)
        {
            TxnRequest puts = new();
            puts.Success.AddRange(
                Enumerable.Range(first, 100).Select(static n => new RequestOp { RequestPut = new PutRequest { Key = Key("v0", n) } }));
            await filled.Kv.TxnAsync(puts);
        }

        for (int n = 0; n < Large; n++)
        {
            await filled.Kv.PutAsync(new PutRequest { Key = Key("v1", n), Value = ByteString.CopyFrom(new byte[400_000]) });
        }

        List<RangeResponse> pieces = await ReadAsync(new RangeRequest { Key = Key("v0", 0), RangeEnd = ByteString.CopyFromUtf8("v2") });

        Assert.Equal(Small + Large, pieces.Sum(static piece => piece.Kvs.Count));
        Assert.Contains(pieces, static piece => piece.Kvs.Count > Large);
        Assert.All(pieces, static piece => Assert.InRange(piece.CalculateSize(), 1, MaxPieceBytes));

        static ByteString Key(string prefix, int n) => ByteString.CopyFromUtf8($"{prefix}{n:00000}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(100)]
    [InlineData(FilledServer.Keys)]
    [InlineData(FilledServer.Keys + 1)]
    public async Task A_limit_ends_the_stream_and_the_count_is_that_of_all_keys(int limit)
    {
        RangeRequest request = FilledServer.All;
        request.Limit = limit;
        List<RangeResponse> pieces = await ReadAsync(request);
        Assert.Equal(Math.Min(limit, FilledServer.Keys), pieces.Sum(static piece => piece.Kvs.Count));
        Assert.Equal((FilledServer.Keys, limit < FilledServer.Keys), (pieces[^1].Count, pieces[^1].More));
    }

    [Fact]
    public async Task Keys_only_count_only_an_ascending_order_and_an_empty_interval_give_what_Range_gives()
    {
        RangeRequest keysOnly = FilledServer.All;
        keysOnly.KeysOnly = true;
        RangeRequest countOnly = FilledServer.All;
        countOnly.CountOnly = true;
        RangeRequest ascending = FilledServer.All;
        (ascending.SortOrder, ascending.Limit) = (RangeRequest.Types.SortOrder.Ascend, 50);
        RangeRequest empty = new() { Key = ByteString.CopyFromUtf8("x"), RangeEnd = ByteString.CopyFromUtf8("y") };
        RangeRequest single = new() { Key = ByteString.CopyFromUtf8(FilledServer.Name(7)) };
        foreach (RangeRequest request in (RangeRequest[])[keysOnly, countOnly, ascending, empty, single])
        {
            RangeResponse expected = await filled.Kv.RangeAsync(request);
            List<RangeResponse> pieces = await ReadAsync(request);
            RangeResponse whole = pieces[^1].Clone();
            whole.Kvs.Clear();
            whole.Kvs.AddRange(pieces.SelectMany(static piece => piece.Kvs));
            Assert.Equal(expected, whole);
        }
    }

    [Fact]
    public async Task What_it_cannot_do_is_refused_with_the_errors_of_etcd()
    {
        await AssertRefusedAsync(
            static request => request.SortOrder = RangeRequest.Types.SortOrder.Descend,
            StatusCode.Unimplemented,
            "RangeStream does not support custom sort orders");
        await AssertRefusedAsync(
            static request => request.SortTarget = RangeRequest.Types.SortTarget.Mod,
            StatusCode.Unimplemented,
            "RangeStream does not support custom sort orders");
        await AssertRefusedAsync(
            static request => request.MinModRevision = 2, StatusCode.Unimplemented, "RangeStream does not support revision filters");
        await AssertRefusedAsync(
            static request => request.Key = ByteString.Empty, StatusCode.InvalidArgument, "etcdserver: key is not provided");
        await AssertRefusedAsync(
            static request => request.Revision = 1L << 40,
            StatusCode.OutOfRange,
            "etcdserver: mvcc: required revision is a future revision");
    }

    [Fact]
    public async Task A_stream_shows_one_revision_whatever_is_written_meanwhile()
    {
        long before = (await filled.Server.Channel.PutAsync("other", "1")).Header.Revision;
        using AsyncServerStreamingCall<RangeStreamResponse> call = filled.Kv.RangeStream(
            FilledServer.All, deadline: DateTime.UtcNow + Deadline);
        List<RangeResponse> pieces = [await NextAsync(call)];
        await filled.Kv.DeleteRangeAsync(
            new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(FilledServer.Name(FilledServer.Keys - 1)) });
        long put = (await filled.Kv.PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8(FilledServer.Name(FilledServer.Keys)) })).Header.Revision;
        await ReadRestAsync(call, pieces);
        Assert.Equal(Enumerable.Range(0, FilledServer.Keys).Select(FilledServer.Name), pieces.SelectMany(Names));
        Assert.Equal((before, FilledServer.Keys), (pieces[^1].Header.Revision, pieces[^1].Count));

        RangeRequest now = FilledServer.All;
        Assert.Equal(FilledServer.Name(FilledServer.Keys), Names((await ReadAsync(now))[^1]).Last());
        RangeRequest older = FilledServer.All;
        older.Revision = before;
        pieces = await ReadAsync(older);
        Assert.Equal(Enumerable.Range(0, FilledServer.Keys).Select(FilledServer.Name), pieces.SelectMany(Names));
        Assert.Equal((put, FilledServer.Keys), (pieces[^1].Header.Revision, pieces[^1].Count));

        await filled.Kv.DeleteRangeAsync(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(FilledServer.Name(FilledServer.Keys)) });
        await filled.Kv.PutAsync(new PutRequest
        {
            Key = ByteString.CopyFromUtf8(FilledServer.Name(FilledServer.Keys - 1)),
            Value = ByteString.CopyFrom(new byte[FilledServer.ValueBytes]),
        });
    }

    [Fact]
    public async Task A_compaction_past_its_revision_ends_a_stream_with_the_error()
    {
        using AsyncServerStreamingCall<RangeStreamResponse> call = filled.Kv.RangeStream(
            FilledServer.All, deadline: DateTime.UtcNow + Deadline);
        List<RangeResponse> pieces = [await NextAsync(call)];
        long put = (await filled.Server.Channel.PutAsync("other", "2")).Header.Revision;
        await filled.Kv.CompactAsync(new CompactionRequest { Revision = put, Physical = true });
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => ReadRestAsync(call, pieces));
        Assert.Equal(
            (StatusCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted"), (refused.StatusCode, refused.Status.Detail));
        Assert.InRange(pieces.Sum(static piece => piece.Kvs.Count), 10, FilledServer.Keys - 1);
        Assert.Equal(FilledServer.Keys, (await ReadAsync(FilledServer.All))[^1].Count);
    }

    [Fact]
    public async Task Readers_that_stop_cost_the_server_a_piece_each_and_nobody_else_waits_for_them()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the server's memory from /proc");
        await ReadAsync(FilledServer.All);
        long before = AnonymousBytes(filled.Server.Id);
        List<AsyncServerStreamingCall<RangeStreamResponse>> stalled = [];
        for (int n = 0; n < StalledStreams; n++)
        {
            AsyncServerStreamingCall<RangeStreamResponse> call = filled.Kv.RangeStream(FilledServer.All);
            await NextAsync(call);
            stalled.Add(call);
        }

        // Each of them could hold all of the values, were the server to read ahead of its client.
        Assert.True(await StaysBelowAsync(before + MaxGrowthBytes), "the server's memory grew with streams that nobody reads");
        await filled.Server.Channel.PutAsync("other", "3");
        Assert.Equal(FilledServer.Keys, (await ReadAsync(FilledServer.All))[^1].Count);
        foreach (AsyncServerStreamingCall<RangeStreamResponse> call in stalled)
        {
            call.Dispose();
        }

        Assert.Equal(FilledServer.Keys, (await ReadAsync(FilledServer.All))[^1].Count);
    }

    [Fact]
    public async Task A_cancelled_stream_ends_at_once_and_a_stop_waits_for_no_stalled_one()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.NetcdAsync(folder.At("data"));
        KV.KVClient kv = new(server.Channel);
        for (int n = 0; n < 40; n++)
        {
            await kv.PutAsync(
                new PutRequest { Key = ByteString.CopyFromUtf8(FilledServer.Name(n)), Value = ByteString.CopyFrom(new byte[1 << 20]) });
        }

        using (CancellationTokenSource cancel = new())
        {
            using AsyncServerStreamingCall<RangeStreamResponse> call = kv.RangeStream(FilledServer.All, cancellationToken: cancel.Token);
            await NextAsync(call);
            await cancel.CancelAsync();
            Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => ReadRestAsync(call, []))).StatusCode);
        }

        using AsyncServerStreamingCall<RangeStreamResponse> stalled = kv.RangeStream(FilledServer.All);
        await NextAsync(stalled);
        Assert.Equal(143, await server.TerminateAsync().WaitAsync(Deadline));
    }

    private async Task AssertRefusedAsync(Action<RangeRequest> change, StatusCode code, string text)
    {
        RangeRequest request = FilledServer.All;
        change(request);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(request));
        Assert.Equal((code, text), (refused.StatusCode, refused.Status.Detail));
    }

    private async Task<List<RangeResponse>> ReadAsync(RangeRequest request)
    {
        using AsyncServerStreamingCall<RangeStreamResponse> call = filled.Kv.RangeStream(request, deadline: DateTime.UtcNow + Deadline);
        List<RangeResponse> pieces = [];
        await ReadRestAsync(call, pieces);
        return pieces;
    }

    private static async Task<RangeResponse> NextAsync(AsyncServerStreamingCall<RangeStreamResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Deadline));
        return call.ResponseStream.Current.RangeResponse;
    }

    private static async Task ReadRestAsync(AsyncServerStreamingCall<RangeStreamResponse> call, List<RangeResponse> pieces)
    {
        while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Deadline))
        {
            pieces.Add(call.ResponseStream.Current.RangeResponse);
        }
    }

    private static IEnumerable<string> Names(RangeResponse piece) => piece.Kvs.Select(static kv => kv.Key.ToStringUtf8());

    /// <summary>Watches the memory for as long as unread streams would need to be read ahead in whole.</summary>
    private async Task<bool> StaysBelowAsync(long limit)
    {
        for (int n = 0; n < 40; n++)
        {
            if (AnonymousBytes(filled.Server.Id) > limit)
            {
                return false;
            }

            await Task.Delay(50);
        }

        return true;
    }

    private static long AnonymousBytes(int process) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process}/status")
            .First(static line => line.StartsWith("RssAnon:", StringComparison.Ordinal))["RssAnon:".Length..^2],
        NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
        CultureInfo.InvariantCulture);
}
