using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Crashes;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Space;

/// <summary>The backend's file becomes small while clients go on, and etcd opens what is left at any moment.</summary>
public sealed partial class DefragmentationTests
{
    private const int Keys = 6_000;
    private const int Writers = 4;

    [Theory]
    [InlineData("defrag")]
    [InlineData("defrag --cluster")]
    [InlineData("defrag -w json")]
    [InlineData("defrag --cluster -w json")]
    public async Task Etcdctl_shows_the_same_of_it_as_with_etcd(string line)
    {
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        await using ServerPair pair = await ServerPair.StartAsync();
        List<string> shown = [];
        foreach (ServerProcess server in new[] { pair.Etcd, pair.Netcd })
        {
            await server.Channel.PutAsync("a", "b");
            CommandResult result = await Command.RunAsync(etcdctl, ["--endpoints", server.Endpoint, .. line.Split(' ')]);
            string output = $"[{result.ExitCode}] {result.Output} [stderr] {result.Errors}";
            shown.Add(Took().Replace(output.Replace(server.Endpoint, "ENDPOINT", StringComparison.Ordinal), "took TIME"));
        }

        Assert.Contains("Finished defragmenting etcd member", shown[0], StringComparison.Ordinal);
        Assert.Equal(shown[0], shown[1]);
    }

    [Fact]
    public async Task It_may_be_killed_in_the_middle_of_it_under_writes_and_etcd_finds_all_that_was_acknowledged()
    {
        string etcdutl = await EtcdPrograms.EtcdutlAsync();
        using TemporaryFolder folder = new();
        string data = folder.At("data");
        Moments moments = new(31);
        AcknowledgedPuts acknowledged = new();
        for (int round = 0; round < 4; round++)
        {
            await using (ServerProcess netcd = await ServerProcess.NetcdAsync(data))
            {
                await acknowledged.AssertHeldByAsync(netcd, "r");
                await FillAsync(netcd);
                Task defragmenting = Task.CompletedTask;
                await acknowledged.WriteUntilKilledAsync(netcd, $"r{round}/", Writers, () =>
                {
                    defragmenting = DefragmentAsync(netcd);
                    return Task.WhenAny(defragmenting, moments.NextAsync(20, 800));
                });
                await defragmenting;
            }

            // Go's bbolt walks each page of what the kill has left.
            string copy = folder.At($"copy-{round}");
            File.Copy(Path.Combine(data, "member", "snap", "db"), copy);
            (await Command.RunAsync(etcdutl, "snapshot", "status", copy)).Succeeded();
        }

        HashKVResponse expected;
        await using (ServerProcess netcd = await ServerProcess.NetcdAsync(data))
        {
            await acknowledged.AssertHeldByAsync(netcd, "r");
            Maintenance.MaintenanceClient maintenance = new(netcd.Channel);
            await maintenance.DefragmentAsync(new DefragmentRequest());
            expected = await maintenance.HashKVAsync(new HashKVRequest());
            await netcd.TerminateAsync();
        }

        await using ServerProcess etcd = await ServerProcess.EtcdAsync(data);
        await acknowledged.AssertHeldByAsync(etcd, "r");
        HashKVResponse found = await new Maintenance.MaintenanceClient(etcd.Channel)
            .HashKVAsync(new HashKVRequest { Revision = expected.HashRevision });
        Assert.Equal((expected.Hash, expected.CompactRevision), (found.Hash, found.CompactRevision));
    }

    [Fact]
    public async Task A_caller_that_waits_no_more_does_no_harm_and_two_at_once_are_both_answered()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        await FillAsync(netcd);
        Maintenance.MaintenanceClient maintenance = new(netcd.Channel);
        long before = new FileInfo(Path.Combine(folder.At("data"), "member", "snap", "db")).Length;
        await Assert.ThrowsAsync<RpcException>(
            async () => await maintenance.DefragmentAsync(new DefragmentRequest(), deadline: DateTime.UtcNow.AddMilliseconds(1)));
        DefragmentResponse[] both = await Task.WhenAll(
            maintenance.DefragmentAsync(new DefragmentRequest()).ResponseAsync,
            maintenance.DefragmentAsync(new DefragmentRequest()).ResponseAsync);
        Assert.All(both, static response => Assert.Null(response.Header));
        StatusResponse status = await maintenance.StatusAsync(new StatusRequest());
        long length = new FileInfo(Path.Combine(folder.At("data"), "member", "snap", "db")).Length;
        Assert.True(length < before, $"{before} bytes before, {length} behind");
        Assert.True(status.DbSize <= length, $"a size of {status.DbSize} is told, {length} is the file's");
        Assert.True(status.DbSize < status.DbSizeInUse * 2 + (1 << 20), $"{status.DbSizeInUse} of {status.DbSize} in use");
        await netcd.HasLoggedAsync("\"finished defragmenting directory\"");
    }

    [Theory]
    [InlineData("1", "finished defragmenting directory")]
    [InlineData("1000", "Skipping defragmentation")]
    public async Task A_start_does_it_first_as_etcd_does_where_that_is_asked_for(string megabytes, string line)
    {
        using TemporaryFolder folder = new();
        await using (ServerProcess first = await ServerProcess.NetcdAsync(folder.At("netcd")))
        {
            await FillAsync(first);
            await first.TerminateAsync();
        }

        TemporaryFolder.Copy(folder.At("netcd"), folder.At("etcd"));
        string flag = "--experimental-bootstrap-defrag-threshold-megabytes=" + megabytes;
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("netcd"), flag);
        await using ServerProcess etcd = await ServerProcess.EtcdAsync(folder.At("etcd"), flag);
        await etcd.HasLoggedAsync($"\"{line}\"");
        await netcd.HasLoggedAsync($"\"{line}\"");
        Assert.Equal(Keys / 10, (await netcd.Channel.PrefixAsync("fill")).Count);
    }

    [GeneratedRegex("took [0-9a-zµ.]+")]
    private static partial Regex Took();

    /// <summary>Writes keys, deletes nine of ten, and compacts: most of the file is free.</summary>
    private static async Task FillAsync(ServerProcess server)
    {
        KV.KVClient kv = new(server.Channel);
        ByteString value = ByteString.CopyFrom(new byte[1_500]);
        await Parallel.ForAsync(0, Keys, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, stop) =>
            await kv.PutAsync(
                new PutRequest { Key = ByteString.CopyFromUtf8($"fill{i:000000}"), Value = value }, cancellationToken: stop));
        await Parallel.ForAsync(0, Keys, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, stop) =>
        {
            if (i % 10 != 0)
            {
                await kv.DeleteRangeAsync(
                    new DeleteRangeRequest { Key = ByteString.CopyFromUtf8($"fill{i:000000}") }, cancellationToken: stop);
            }
        });
        long revision = (await server.Channel.PrefixAsync("none")).Header.Revision;
        await kv.CompactAsync(new CompactionRequest { Revision = revision, Physical = true });
    }

    private static async Task DefragmentAsync(ServerProcess server)
    {
        try
        {
            while (true)
            {
                await new Maintenance.MaintenanceClient(server.Channel).DefragmentAsync(new DefragmentRequest());
            }
        }
        catch (RpcException)
        {
            // It was killed.
        }
    }
}
