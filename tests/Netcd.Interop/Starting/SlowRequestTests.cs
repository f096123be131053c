using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Starting;

/// <summary>What is logged of requests that take longer than is asked for: the same as by etcd, with no value in it.</summary>
public sealed partial class SlowRequestTests
{
    private const string Secret = "s3cret-value";

    /// <summary>Nothing is done in so short a time; some of it is in a microsecond.</summary>
    private const string Shortest = "100ns";

    [Fact]
    public async Task They_are_logged_in_etcds_words_and_without_values()
    {
        string[][] logged = await Task.WhenAll(
            LogAsync(await EtcdPrograms.EtcdAsync(), "first"), LogAsync(NetcdProgram.Path, "second"));
        Assert.True(logged[0].Length >= 10, string.Join('\n', logged[0]));
        Assert.Equal(logged[0], logged[1]);
        Assert.DoesNotContain(logged[1], static line => line.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_within_its_time_is_not_logged()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"), "--warning-apply-duration", "10m");
        await netcd.Channel.PutAsync("a", "b");
        await netcd.TerminateAsync();
        Assert.DoesNotContain("took too long", netcd.Log, StringComparison.Ordinal);
    }

    /// <summary>The lines of the calls that are made here, without what differs between two runs.</summary>
    private static async Task<string[]> LogAsync(string program, string name)
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.ReadyAsync(
            program, folder.At(name), FreePort.Next(), "--experimental-warning-apply-duration", Shortest);
        await CallAsync(server);
        await server.TerminateAsync();
        return [.. server.Log.Split('\n').Where(static line => line.Contains("apply request took too long", StringComparison.Ordinal))
            .Select(Describe).Where(static line => line.Contains("slow/", StringComparison.Ordinal)
                || line.Contains("lease", StringComparison.Ordinal) || line.Contains("compaction", StringComparison.Ordinal))];
    }

    private static async Task CallAsync(ServerProcess server)
    {
        KV.KVClient kv = new(server.Channel);
        Lease.LeaseClient leases = new(server.Channel);
        await leases.LeaseGrantAsync(new LeaseGrantRequest { ID = 0x7a, TTL = 900 });
        await kv.PutAsync(new PutRequest { Key = Bytes("slow/a"), Value = Bytes(Secret), Lease = 0x7a, PrevKv = true });
        await kv.PutAsync(new PutRequest { Key = ByteString.CopyFrom([.. "slow/\"\\\n"u8, 0, 7, 0x7f, 0xff]), Value = Bytes(Secret) });
        await kv.RangeAsync(new RangeRequest { Key = Bytes("slow/"), RangeEnd = Bytes("slow0"), Limit = 7, Serializable = true });
        await kv.RangeAsync(new RangeRequest
        {
            Key = Bytes("slow/a"),
            SortOrder = RangeRequest.Types.SortOrder.Descend,
            SortTarget = RangeRequest.Types.SortTarget.Mod,
            MinModRevision = 1,
            CountOnly = true,
        });
        await kv.DeleteRangeAsync(new DeleteRangeRequest { Key = Bytes("slow/x"), RangeEnd = Bytes("slow/y"), PrevKv = true });
        await kv.TxnAsync(Txn(isReadOnly: true));
        await kv.TxnAsync(Txn(isReadOnly: false));
        await kv.CompactAsync(new CompactionRequest { Revision = 2, Physical = true });
        await leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = 0x7a });
    }

    private static TxnRequest Txn(bool isReadOnly)
    {
        TxnRequest txn = new();
        txn.Compare.Add(new Compare
        {
            Key = Bytes("slow/a"),
            Target = Compare.Types.CompareTarget.Value,
            Result = Compare.Types.CompareResult.NotEqual,
            Value = Bytes(Secret),
        });
        txn.Compare.Add(new Compare
        {
            Key = Bytes("slow/b"),
            RangeEnd = Bytes("slow/c"),
            Target = Compare.Types.CompareTarget.Version,
            Result = Compare.Types.CompareResult.Greater,
            Version = 0,
        });
        txn.Success.Add(new RequestOp { RequestRange = new RangeRequest { Key = Bytes("slow/a") } });
        if (!isReadOnly)
        {
            TxnRequest inner = new();
            inner.Success.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Bytes("slow/b") } });
            txn.Failure.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("slow/d"), Value = Bytes(Secret) } });
            txn.Failure.Add(new RequestOp { RequestTxn = inner });
        }

        return txn;
    }

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    private static string Describe(string line)
    {
        JsonElement fields = JsonDocument.Parse(line).RootElement;
        string request = Identity().Replace(fields.GetProperty("request").GetString()!, "ID:x");
        return $"{fields.GetProperty("level")} {fields.GetProperty("expected-duration")} {fields.GetProperty("prefix")}| {request} "
            + $"| {(HasIdsInAnswer(request) ? "" : fields.GetProperty("response"))}";
    }

    /// <summary>Whether the size that etcd tells has that of its own ids in it.</summary>
    private static bool HasIdsInAnswer(string request) => request.Contains("lease_", StringComparison.Ordinal);

    [GeneratedRegex(@"ID:\d+")]
    private static partial Regex Identity();
}
