using System.Text;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Watches;

/// <summary>The same watches and writes to etcd and to netcd: each watch is told the same, in the same order.</summary>
public sealed partial class WatchDifferentialTests
{
    private const int Steps = 300;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Random_watches_are_told_what_etcd_tells_them(int seed)
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        WatchScript script = new(seed);
        using WatchClient etcd = new(pair.Etcd.Channel);
        using WatchClient netcd = new(pair.Netcd.Channel);
        StringBuilder trace = new();
        for (int n = 0; n < Steps; n++)
        {
            WatchStep step = script.Next();
            trace.AppendLine(step.ToString());
            try
            {
                await RunAsync(step, script, pair, etcd, netcd);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(
                    $"seed {seed}, step {n}: {step}\n{string.Join('\n', trace.ToString().Split('\n').TakeLast(30))}", failure);
            }
        }

        long[] ids = [.. Enumerable.Range(0, 200).Select(static id => (long)id)];
        Assert.True(ids.Sum(id => etcd.Told(id).Count) > Steps, "too little was told");
    }

    private static async Task RunAsync(WatchStep step, WatchScript script, ServerPair pair, WatchClient etcd, WatchClient netcd)
    {
        switch (step)
        {
            case WatchStep.Write write:
                if (write.Request is CompactionRequest)
                {
                    await Poll.UntilAsync(() => AreInStepAsync(pair.Etcd));
                }

                await WriteAsync(pair.Etcd, write.Request);
                script.Revision = await WriteAsync(pair.Netcd, write.Request) ?? script.Revision;
                break;
            case WatchStep.Create create:
                string expected = WithoutMember(await etcd.CreateAsync(create.Request));
                Assert.Equal(expected, WithoutMember(await netcd.CreateAsync(create.Request)));
                break;
            case WatchStep.Cancel cancel:
                await etcd.CancelAsync(cancel.Id);
                await netcd.CancelAsync(cancel.Id);
                break;
        }

        await SettleAsync(etcd, netcd);
    }

    /// <summary>
    /// Whether no watch of etcd lags: those that do are cancelled by a compaction. Of a watch that is told nothing only its figures show
    /// it.
    /// </summary>
    private static async Task<bool> AreInStepAsync(ServerProcess etcd)
    {
        using HttpClient http = new();
        string page = await http.GetStringAsync(new Uri($"http://{etcd.Endpoint}/metrics"));
        return page.Split('\n').Contains("etcd_debugging_mvcc_slow_watcher_total 0");
    }

    /// <summary>
    /// Waits until both have told the same; etcd looks after watches that lag ten times a second. What one of them tells too
    /// much shows with the next step at the latest, as nothing is ever taken back.
    /// </summary>
    private static async Task SettleAsync(WatchClient etcd, WatchClient netcd)
    {
        for (int attempt = 0; ; attempt++)
        {
            string expected = Describe(etcd);
            string actual = Describe(netcd);
            if (expected == actual && attempt >= 2)
            {
                return;
            }

            if (attempt > 3_000)
            {
                Assert.Equal(expected, actual);
            }

            await Task.Delay(attempt < 2 ? 3 : 10);
        }
    }

    private static string Describe(WatchClient client)
    {
        StringBuilder text = new();
        for (long id = -1; id < 200; id++)
        {
            foreach (string line in client.Told(id))
            {
                text.Append(id).Append(": ").AppendLine(Member().Replace(line, ""));
            }
        }

        return text.ToString();
    }

    private static async Task<long?> WriteAsync(ServerProcess server, IMessage request)
    {
        KV.KVClient kv = new(server.Channel);
        try
        {
            return request switch
            {
                PutRequest put => (await kv.PutAsync(put)).Header.Revision,
                DeleteRangeRequest delete => (await kv.DeleteRangeAsync(delete)).Header.Revision,
                TxnRequest txn => (await kv.TxnAsync(txn)).Header.Revision,
                _ => (await kv.CompactAsync((CompactionRequest)request)).Header.Revision,
            };
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.OutOfRange)
        {
            return null;
        }
    }

    private static string WithoutMember(WatchResponse response) => Member().Replace(response.ToString(), "");

    [GeneratedRegex("""("clusterId": "\d+", )|("memberId": "\d+", )|(, "raftTerm": "\d+")|("raftTerm": "\d+")""")]
    private static partial Regex Member();
}
