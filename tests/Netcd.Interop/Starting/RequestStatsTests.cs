using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Starting;

/// <summary>What is logged of unary calls, at the level debug and where they take long: the same as by etcd, with no value in it.</summary>
public sealed class RequestStatsTests
{
    /// <summary>What differs between two runs, or two programs.</summary>
    private static readonly string[] Varying = ["ts", "caller", "logger", "event-id", "start time", "time spent", "remote"];

    private static readonly string[] Debug = ["--log-level", "debug"];

    /// <summary>A machine that stands still makes no call a slow one, which would be a warning. etcd 3.5 has no such flag.</summary>
    private static readonly string[] Patient = [.. Debug, "--experimental-warning-unary-request-duration", "10m"];

    private const string Secret = "s3cret-value";
    private const string Password = "s3cret-word";

    [Fact]
    public async Task At_the_level_debug_each_unary_call_leaves_etcds_line()
    {
        string[][] logged = await Task.WhenAll(
            LogAsync(await EtcdPrograms.EtcdAsync(), "first"), LogAsync(NetcdProgram.Path, "second"));
        Assert.Equal(15, logged[0].Length);
        Assert.Equal(logged[0].Select(AsQuick), logged[1]);
        Assert.All(logged[1], static line => Assert.StartsWith("debug", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--warning-unary-request-duration")]
    [InlineData("--experimental-warning-unary-request-duration")]
    public async Task A_call_that_takes_longer_than_is_asked_for_leaves_a_warning(string flag)
    {
        string[] lines = await LogAsync(NetcdProgram.Path, "data", flag, "1ns", "--log-level", "info");
        Assert.Equal(15, lines.Length);
        Assert.All(lines, static line => Assert.StartsWith("warn", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_within_their_time_leave_no_line()
    {
        Assert.Empty(await LogAsync(NetcdProgram.Path, "data", "--warning-unary-request-duration", "10m", "--log-level", "info"));
    }

    /// <summary>The lines of the calls that are made here, without what differs between two runs.</summary>
    private static async Task<string[]> LogAsync(string program, string name, params string[] more)
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.ReadyAsync(
            program, folder.At(name), FreePort.Next(), more.Length > 0 ? more : program == NetcdProgram.Path ? Patient : Debug);
        await CallAsync(server);
        await server.TerminateAsync();
        string[] lines =
            [.. server.Log.Split('\n').Where(static line => line.Contains("\"request stats\"", StringComparison.Ordinal))];

        // Other lines of etcd hold values at the level debug.
        Assert.All(program == NetcdProgram.Path ? server.Log.Split('\n') : lines, static line =>
        {
            Assert.DoesNotContain(Secret, line, StringComparison.Ordinal);
            Assert.DoesNotContain(Password, line, StringComparison.Ordinal);
        });
        return [.. lines.Select(Describe)];
    }

    private static async Task CallAsync(ServerProcess server)
    {
        KV.KVClient kv = new(server.Channel);
        Protocol.V3.Auth.AuthClient auth = new(server.Channel);
        await kv.PutAsync(new PutRequest { Key = Bytes("a"), Value = Bytes(Secret), PrevKv = true });
        await kv.PutAsync(new PutRequest { Key = ByteString.CopyFrom([.. "\"\\\n"u8, 0, 7, 0x7f, 0xff]), Value = Bytes(Secret) });
        await kv.RangeAsync(new RangeRequest { Key = Bytes("\0"), RangeEnd = Bytes("\0"), Limit = 1 });
        await kv.RangeAsync(new RangeRequest { Key = Bytes("a"), Serializable = true, KeysOnly = true });
        await Assert.ThrowsAsync<RpcException>(async () => await kv.RangeAsync(new RangeRequest { Key = Bytes("a"), Revision = 99 }));
        await Assert.ThrowsAsync<RpcException>(async () => await kv.PutAsync(new PutRequest { Value = Bytes(Secret) }));
        await kv.TxnAsync(Txn(isHeld: true));
        await kv.TxnAsync(Txn(isHeld: false));
        await Assert.ThrowsAsync<RpcException>(
            async () => await kv.TxnAsync(new TxnRequest { Success = { new RequestOp { RequestPut = new PutRequest() } } }));
        await kv.DeleteRangeAsync(new DeleteRangeRequest { Key = Bytes("a"), RangeEnd = Bytes("b"), PrevKv = true });
        await kv.CompactAsync(new CompactionRequest { Revision = 2 });
        await new Lease.LeaseClient(server.Channel).LeaseGrantAsync(new LeaseGrantRequest { ID = 0x7b, TTL = 900 });
        await new Lease.LeaseClient(server.Channel).LeaseTimeToLiveAsync(new LeaseTimeToLiveRequest { ID = 0x7b });
        await auth.UserAddAsync(new AuthUserAddRequest { Name = "eve", Password = Password });
        CommandResult put = await Command.RunAsync(
            "curl", "-sf", "-m", "20", $"http://{server.Endpoint}/v3/kv/put", "-d", """{"key":"Zm9v","value":"czNjcmV0LXZhbHVl"}""");
        put.Succeeded();
    }

    private static TxnRequest Txn(bool isHeld)
    {
        TxnRequest txn = new();
        txn.Compare.Add(new Compare
        {
            Key = Bytes("a"),
            Target = Compare.Types.CompareTarget.Value,
            Result = isHeld ? Compare.Types.CompareResult.Equal : Compare.Types.CompareResult.NotEqual,
            Value = Bytes(Secret),
        });
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Bytes("b"), Value = Bytes(Secret) } });
        txn.Success.Add(new RequestOp { RequestRange = new RangeRequest { Key = Bytes("a") } });
        txn.Failure.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Bytes("b") } });
        return txn;
    }

    /// <summary>A call that the machine made slow leaves etcd's line at another level.</summary>
    private static string AsQuick(string line) => line.StartsWith("warn ", StringComparison.Ordinal) ? "debug " + line[5..] : line;

    private static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    private static string Describe(string line)
    {
        JsonElement fields = JsonDocument.Parse(line).RootElement;
        DateTimeOffset start = fields.GetProperty("start time").GetDateTimeOffset();
        Assert.InRange(start, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
        Assert.Matches(@"^\d+(\.\d+)?(µs|ms|s|ns)$", fields.GetProperty("time spent").GetString());
        Assert.StartsWith("127.0.0.1:", fields.GetProperty("remote").GetString(), StringComparison.Ordinal);
        return string.Join(' ', fields.EnumerateObject()
            .Where(static field => !Varying.Contains(field.Name))
            .Select(static field => field.Value.ToString()));
    }
}
