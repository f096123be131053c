using System.Text;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Transport;

/// <summary>Requests of gRPC that are right, odd or wrong on the wire are answered as by etcd.</summary>
public sealed class GrpcRequestTests
{
    private const string Range = "/etcdserverpb.KV/Range";
    private const string MemberList = "/etcdserverpb.Cluster/MemberList";
    private const string KeepAlive = "/etcdserverpb.Lease/LeaseKeepAlive";
    private const string Watch = "/etcdserverpb.Watch/Watch";
    private const string Snapshot = "/etcdserverpb.Maintenance/Snapshot";
    private const int MaxMessage = 2 * 1024 * 1024;

    private static readonly byte[] Key = [0x0a, 1, (byte)'a'];
    private static readonly (string, string)[] GzipHeader = [("grpc-encoding", "gzip")];

    /// <summary>A caller's time that is malformed or over (L4) among them.</summary>
    [Fact]
    public async Task Headers_in_all_their_combinations_are_answered_as_by_etcd()
    {
        string?[] contentTypes = ["application/grpc", "application/grpc+proto", "application/grpc+json", "application/grpc+",
            "application/grpc;x", "application/GRPC", "application/grpc-web", "application/grpcx", "application/json", "", null];
        string[] methods = ["POST", "GET", "PUT", "DELETE", "PATCH", "HEAD", "TEST"];
        string[] timeouts = ["5S", "1n", "0S", "-1S", "1", "1x", "123456789S", "99999999H", "1.5S", "1s", "+1S"];
        string[] metadata = ["AAA=", "AAA", "A", "AA+/", "AA-_", "AA,BB", "AA==,!!", "!!!"];
        string[] encodings = ["gzip", "identity", "deflate", "GZIP"];
        string[] paths = [Range, MemberList, "/etcdserverpb.KV/Nothing", "/nothing", "/a/b/c", Range + "?a=b",
            "/etcdserverpb.KV/R%61nge", "//etcdserverpb.KV/Range", Range + "/", "/etcdserverpb.KV/%25%C3%B6"];
        List<RawCall> calls = [];
        foreach (string path in paths)
        {
            calls.Add(new RawCall(path, RawCall.Frame(path == MemberList ? [] : Key)));
        }

        // Pairs of oddities: which of two is complained of is part of the answer. Two wrong headers are left out: theirs is the last one's.
        foreach (string? type in contentTypes)
        {
            calls.AddRange(methods.Select(method => new RawCall(Range, RawCall.Frame(Key)) { ContentType = type, Method = method }));
            calls.AddRange(timeouts.Select(
                time => new RawCall(MemberList, RawCall.Frame([])) { ContentType = type, Headers = [("grpc-timeout", time)] }));
            calls.AddRange(
                metadata.Select(value => new RawCall(Range, RawCall.Frame(Key)) { ContentType = type, Headers = [("x-bin", value)] }));
        }

        foreach (string encoding in encodings)
        {
            calls.AddRange(paths.Select(
                path => new RawCall(path, RawCall.Frame(path == MemberList ? [] : Key)) { Headers = [("grpc-encoding", encoding)] }));
            calls.AddRange(timeouts.Select(
                time => new RawCall(Range, RawCall.Frame(Key)) { Headers = [("grpc-timeout", time), ("grpc-encoding", encoding)] }));
            calls.AddRange(methods.Select(method => new RawCall(Range, RawCall.Frame(Key))
            {
                Method = method,
                Headers = [("grpc-encoding", encoding), ("grpc-timeout", "1n")],
            }));
        }

        await CompareAsync(calls);
    }

    [Fact]
    public async Task Bodies_in_all_their_forms_are_answered_as_by_etcd()
    {
        byte[] gzip = RawCall.Gzip(Key);
        List<RawCall> calls = [];
        foreach (string path in (string[])[Range, MemberList, KeepAlive, Snapshot])
        {
            byte[] message = path switch { Range => Key, KeepAlive => [8, 77], _ => [] };
            byte[] frame = RawCall.Frame(message);
            byte[][] bodies =
            [
                [], frame[..3], [.. frame, .. frame], [.. frame, 0, 0],
                [.. frame, .. RawCall.Frame(Key)[..^1]], RawCall.Frame(Key)[..^1], RawCall.Frame([0xff, 0xff]),
                RawCall.Frame(Key, 1), RawCall.Frame(Key, 2), [0, 0xff, 0xff, 0xff, 0xff], [0, 0, 0x20, 0, 1], frame,
            ];
            calls.AddRange(bodies.Select(body => new RawCall(path, body)));
            byte[][] compressed =
            [
                RawCall.Frame(RawCall.Gzip(message), 1), frame, RawCall.Frame(RawCall.Gzip(message), 2),
                RawCall.Frame([], 1), RawCall.Frame(gzip[..6], 1), RawCall.Frame(gzip[..^6], 1),
                RawCall.Frame([.. gzip[..^8], 0, 0, 0, 0, 0, 0, 0, 0], 1), RawCall.Frame([.. gzip, 1, 2, 3], 1),
                RawCall.Frame([.. gzip, .. new byte[24]], 1), RawCall.Frame(Encoding.ASCII.GetBytes("no gzip at all"), 1),
                RawCall.Frame([.. RawCall.Gzip(message[..(message.Length / 2)]), .. RawCall.Gzip(message[(message.Length / 2)..])], 1),
                RawCall.Frame([.. gzip[..10], .. Enumerable.Repeat((byte)7, 20)], 1),
                RawCall.Frame(RawCall.Gzip(new byte[MaxMessage - 1]), 1), RawCall.Frame(RawCall.Gzip(new byte[MaxMessage]), 1),
                RawCall.Frame(RawCall.Gzip(new byte[MaxMessage + 1]), 1), RawCall.Frame(RawCall.Gzip(new byte[5 * MaxMessage]), 1),
                [.. RawCall.Frame(RawCall.Gzip(message), 1), .. frame],
            ];
            calls.AddRange(compressed.Select(body => new RawCall(path, body) { Headers = GzipHeader }));
        }

        calls.AddRange(
            ((string[])[Range, MemberList]).Select(path => new RawCall(path, RawCall.Frame(path == Range ? Key : [])) { Ends = false }));
        calls.Add(new RawCall(Range, RawCall.Frame([], 0)) { Headers = GzipHeader });
        calls.Add(new RawCall("/etcdserverpb.Cluster/MemberRemove", RawCall.Frame(RawCall.Gzip([8, 5]), 1)) { Headers = GzipHeader });
        calls.Add(new RawCall("/grpc.health.v1.Health/Check", RawCall.Frame(RawCall.Gzip([]), 1)) { Headers = GzipHeader });
        foreach (byte[] body in (byte[][])[RawCall.Frame([0xff, 0xff]),
            RawCall.Frame([8], 1), [0, 0xff, 0xff, 0xff, 0xff], RawCall.Frame(Key)[..^1]])
        {
            calls.Add(new RawCall(Watch, body));
            calls.Add(new RawCall(Watch, body) { Headers = GzipHeader });
            calls.Add(new RawCall(Watch, body) { Headers = [("grpc-encoding", "deflate")] });
        }

        await CompareAsync(calls);
    }

    [Fact]
    public async Task Bytes_that_would_become_gigabytes_take_no_memory()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data"));
        using HttpClient client = RawCall.Open(netcd);
        byte[] bomb = RawCall.Frame(RawCall.Gzip(new byte[1 << 30]), 1);
        Assert.True(bomb.Length < MaxMessage);
        RawAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(
            n => new RawCall(n % 2 == 0 ? Range : MemberList, bomb) { Headers = GzipHeader }.SendAsync(client)));
        Assert.All(answers, static answer => Assert.Equal(
            ("8", $"grpc: received message after decompression larger than max {MaxMessage}"), (answer.Status, answer.Message)));
        using System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(netcd.Id);
        Assert.InRange(process.PeakWorkingSet64, 1, 1L << 30);
    }

    private static async Task CompareAsync(List<RawCall> calls)
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        using HttpClient etcd = RawCall.Open(pair.Etcd);
        using HttpClient netcd = RawCall.Open(pair.Netcd);
        List<string> differences = [];
        await Parallel.ForEachAsync(calls, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (call, _) =>
        {
            RawAnswer expected = await call.SendAsync(etcd);
            RawAnswer answer = await call.SendAsync(netcd);
            if (expected != answer)
            {
                lock (differences)
                {
                    differences.Add($"{call}\n  etcd:  {expected}\n  netcd: {answer}");
                }
            }
        });
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
