using System.Collections.Concurrent;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Crashes;

/// <summary>kill -9 at any moment: what was acknowledged is there, and revisions never go back.</summary>
public sealed class KillTests
{
    private const int Writers = 8;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static int Rounds => Environment.GetEnvironmentVariable("NETCD_LONG_TESTS") == "1" ? 50 : 10;

    [Fact]
    public async Task Every_acknowledged_put_outlives_being_killed()
    {
        using TemporaryFolder folder = new();
#pragma warning disable CA5394 // The moments of the kills follow a seed.
        Random random = new(20260117);
#pragma warning restore CA5394
        long highest = 0;
        Dictionary<string, long> all = [];
        for (int round = 0; round < Rounds; round++)
        {
            ConcurrentDictionary<string, long> acknowledged = new();
            await using (ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data")))
            {
                await AssertHoldsAsync(netcd, all, highest);
                TaskCompletionSource writing = new(TaskCreationOptions.RunContinuationsAsynchronously);
                Task[] writers = [.. Enumerable.Range(0, Writers)
                    .Select(writer => WriteAsync(netcd, $"r{round:00}/{writer}/", acknowledged, writing))];
                // However slow the machine: every kill comes in the middle of writes.
                await writing.Task.WaitAsync(Deadline);
#pragma warning disable CA5394
                TimeSpan life = TimeSpan.FromMilliseconds(random.Next(500));
#pragma warning restore CA5394
                await Task.WhenAny(Task.WhenAll(writers), Task.Delay(life));
                await netcd.KillAsync();
                await Task.WhenAll(writers);
            }

            Assert.NotEmpty(acknowledged);
            foreach ((string key, long revision) in acknowledged)
            {
                all.Add(key, revision);
                highest = Math.Max(highest, revision);
            }
        }

        Assert.Equal(all.Count, all.Values.Distinct().Count());
        await using ServerProcess last = await ServerProcess.NetcdAsync(folder.At("data"));
        await AssertHoldsAsync(last, all, highest);
    }

    /// <summary>Puts one key after another until the server is gone; only answered ones count.</summary>
    private static async Task WriteAsync(
        ServerProcess netcd, string prefix, ConcurrentDictionary<string, long> acknowledged, TaskCompletionSource writing)
    {
        for (int n = 0; ; n++)
        {
            string key = prefix + n;
            try
            {
                acknowledged[key] = (await netcd.Channel.PutAsync(key, key)).Header.Revision;
                writing.TrySetResult();
            }
            catch (RpcException)
            {
                return;
            }
        }
    }

    private static async Task AssertHoldsAsync(ServerProcess netcd, Dictionary<string, long> acknowledged, long highest)
    {
        RangeResponse held = await netcd.Channel.PrefixAsync("r");
        Assert.True(
            held.Header.Revision >= highest || acknowledged.Count == 0,
            $"revision {held.Header.Revision} after {highest} was acknowledged");
        Dictionary<string, KeyValue> found = held.Kvs.ToDictionary(static kv => kv.Key.ToStringUtf8());
        foreach ((string key, long revision) in acknowledged)
        {
            Assert.True(found.TryGetValue(key, out KeyValue? kv), $"{key} of revision {revision} is lost");
            Assert.Equal((revision, key), (kv.ModRevision, kv.Value.ToStringUtf8()));
        }
    }
}
