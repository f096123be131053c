using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Starting;

/// <summary>Lines of the log that rules made for etcd rely on: where both log an event, they log it alike.</summary>
public sealed class LogLineTests
{
    /// <summary>Of a line itself, and not of its event.</summary>
    private static readonly string[] Heads = ["ts", "logger", "caller", "msg", "event-id"];

    private static readonly string[] Messages =
    [
        "Running: ",
        "starting an etcd server",
        "check file permission",
        "automatically generate certificates",
        "created cert file",
        "created key file",
        "scheme is http or unix while key and cert files are present; ignoring key and cert files",
        "starting local member",
        "set initial cluster version",
        "serving client traffic securely",
        "serving client traffic insecurely; this is strongly discouraged!",
        "ready to serve client requests",
        "applied a configuration change through raft",
        "added member",
        "published local member to cluster through raft",
        "finished scheduled compaction",
        "added remote peer",
        "received signal; shutting down",
        "closing etcd server",
        "closed etcd server",
    ];

    [Fact]
    public async Task Events_that_etcd_logs_too_have_its_message_level_and_fields()
    {
        Dictionary<string, JsonObject[]> etcd = await LinesAsync(await EtcdPrograms.EtcdAsync());
        Dictionary<string, JsonObject[]> netcd = await LinesAsync(NetcdProgram.Path);
        foreach (string message in Messages)
        {
            Assert.True(etcd.ContainsKey(message), $"etcd has not logged: {message}");
            Assert.True(netcd.ContainsKey(message), $"netcd has not logged: {message}");
        }

        // Beyond the list too: where messages are the same by chance, a rule for the one would meet the other.
        foreach ((string message, JsonObject[] lines) in netcd.Where(line => etcd.ContainsKey(line.Key)))
        {
            Dictionary<string, string> known = KindsOf(etcd[message]);
            Assert.All(KindsOf(lines), field => Assert.True(
                known.GetValueOrDefault(field.Key) == field.Value
                    || (message, field.Key) is ("starting local member", "initial-cluster-state")

                    // As in etcd 3.6.
                    or ("starting an etcd server", "max-learners") or ("finished scheduled compaction", "number-of-keys-compacted"),
                $"{message}: {field}, in etcd {string.Join(", ", known)}"));
        }
    }

    /// <summary>What a member logs from its start to its end, by message.</summary>
    private static async Task<Dictionary<string, JsonObject[]>> LinesAsync(string program)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.At("data"));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no permissions to warn of");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.At("data"), (UnixFileMode)0b111_101_101);
        }

        int port = FreePort.Next();
        await using ServerProcess server = await ServerProcess.ReadyAsync(
            program,
            folder.At("data"),
            port,
            "--auto-tls",
            "--listen-client-urls",
            $"http://127.0.0.1:{port},https://127.0.0.1:{FreePort.Next()}");
        MemberAddRequest learner = new() { IsLearner = true };
        learner.PeerURLs.Add("http://127.0.0.1:1");
        await new Cluster.ClusterClient(server.Channel).MemberAddAsync(learner);
        KV.KVClient kv = new(server.Channel);
        await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("a") });
        await kv.CompactAsync(new CompactionRequest { Revision = 2, Physical = true });
        await server.TerminateAsync();
        await Poll.UntilAsync(() => Task.FromResult(server.Log.Contains("closed etcd server", StringComparison.Ordinal)));
        return server.Log.Split('\n').Where(static line => line.StartsWith('{')).Select(static line => JsonNode.Parse(line)!.AsObject())
            .GroupBy(static line => (string)line["msg"]!).ToDictionary(static same => same.Key, static same => same.ToArray());
    }

    /// <summary>The fields of lines of an event, with their kinds of values; of the level its value.</summary>
    private static Dictionary<string, string> KindsOf(JsonObject[] lines) =>
        lines.SelectMany(static line => line).Where(static field => !Heads.Contains(field.Key))
            .Select(static field => (field.Key, Kind: field.Key == "level" ? (string)field.Value! : KindOf(field.Value)))
            .Distinct().GroupBy(static field => field.Key)
            .ToDictionary(static same => same.Key, static same => string.Join(" or ", same.Select(static field => field.Kind).Order()));

    private static string KindOf(JsonNode? value) =>
        value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? "boolean" : value?.GetValueKind().ToString() ?? "null";
}
