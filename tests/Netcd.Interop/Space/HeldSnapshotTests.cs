using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Space;

/// <summary>What snapshots cost that are read slowly while everything is written anew.</summary>
public sealed class HeldSnapshotTests
{
    private const int Readers = 20;
    private const int Keys = 64;
    private const int Rounds = 30;
    private static readonly string Value = new('v', 64 * 1024);

    [Fact]
    public async Task Twenty_slow_readers_hold_no_more_than_what_they_were_given_however_much_is_written()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        await RewriteAsync(netcd.Channel, 0, Keys);
        long image = await FileBytesAsync(netcd.Channel);

        List<AsyncServerStreamingCall<SnapshotResponse>> held = [];
        List<GrpcChannel> channels = [];
        try
        {
            for (int reader = 0; reader < Readers; reader++)
            {
                // Each holds another state. The first message says that it is held.
                await RewriteAsync(netcd.Channel, reader * Keys / Readers, (reader + 1) * Keys / Readers);
                channels.Add(GrpcChannel.ForAddress($"http://{netcd.Endpoint}"));
                held.Add(new Maintenance.MaintenanceClient(channels[^1]).Snapshot(new SnapshotRequest()));
                Assert.True(await held[^1].ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            }

            for (int round = 0; round < Rounds; round++)
            {
                await RewriteAsync(netcd.Channel, 0, Keys);
            }

            // Together they hold the state before them and what was written between them, which is as much again. Everything was written
            // as often as there were rounds since.
            Assert.InRange(await FileBytesAsync(netcd.Channel), image, 6 * image);
            foreach (AsyncServerStreamingCall<SnapshotResponse> reader in (IEnumerable<AsyncServerStreamingCall<SnapshotResponse>>)
                [held[0], held[Readers / 2], held[^1]])
            {
                await AssertWholeAsync(reader);
            }
        }
        finally
        {
            held.ForEach(static call => call.Dispose());
            channels.ForEach(static channel => channel.Dispose());
        }
    }

    /// <summary>Writes keys anew and compacts what was before.</summary>
    private static async Task RewriteAsync(GrpcChannel channel, int from, int to)
    {
        long revision = 0;
        for (int key = from; key < to; key++)
        {
            revision = (await channel.PutAsync($"key/{key:00}", Value)).Header.Revision;
        }

        if (revision > 0)
        {
            await new KV.KVClient(channel).CompactAsync(new CompactionRequest { Revision = revision, Physical = true });
        }
    }

    private static async Task<long> FileBytesAsync(GrpcChannel channel) =>
        (await new Maintenance.MaintenanceClient(channel).StatusAsync(new StatusRequest())).DbSize;

    /// <summary>Reads the rest; the first message was read.</summary>
    private static async Task AssertWholeAsync(AsyncServerStreamingCall<SnapshotResponse> call)
    {
        using IncrementalHash sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        SnapshotResponse message = call.ResponseStream.Current;
        while (message.RemainingBytes > 0)
        {
            sum.AppendData(message.Blob.Span);
            Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            message = call.ResponseStream.Current;
        }

        sum.AppendData(message.Blob.Span);
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(sum.GetHashAndReset(), call.ResponseStream.Current.Blob.ToByteArray());
    }
}
