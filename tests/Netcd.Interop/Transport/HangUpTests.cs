using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;
using Netcd.Testing.Security;

namespace Netcd.Interop.Transport;

/// <summary>Clients that hang up, whatever they were about, are nothing that an operator has to read of.</summary>
public sealed class HangUpTests
{
    private static readonly ParallelOptions Many = new() { MaxDegreeOfParallelism = 8 };

    private static readonly string[] Methods =
    [
        "KV/Range", "KV/Put", "KV/Txn", "KV/DeleteRange", "KV/Compact", "KV/RangeStream",
        "Watch/Watch", "Lease/LeaseKeepAlive", "Lease/LeaseGrant", "Lease/LeaseRevoke",
        "Lease/LeaseTimeToLive", "Lease/LeaseLeases", "Cluster/MemberList", "Cluster/MemberUpdate",
        "Cluster/MemberPromote", "Maintenance/Status", "Maintenance/Hash", "Maintenance/HashKV",
        "Maintenance/Alarm", "Maintenance/Snapshot", "Maintenance/MoveLeader", "Nothing/Nothing",
    ];

    private static readonly string[] OtherMethods =
    [
        "/v3lockpb.Lock/Lock", "/v3lockpb.Lock/Unlock", "/v3electionpb.Election/Campaign",
        "/v3electionpb.Election/Proclaim", "/v3electionpb.Election/Leader",
        "/v3electionpb.Election/Observe", "/v3electionpb.Election/Resign", "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch",
    ];

    private static readonly string[] Paths =
    [
        "/v3/kv/range", "/v3/kv/put", "/v3/watch", "/v3/lease/keepalive", "/v3/lease/grant",
        "/v3/maintenance/snapshot", "/v3/maintenance/status", "/v3/lock/lock", "/v3/election/observe",
        "/v3/election/campaign", "/v3/cluster/member/list", "/v3/nothing", "/version", "/health", "/metrics", "/nothing",
    ];

    [Fact]
    public async Task Clients_that_hang_up_at_any_moment_leave_no_error_and_no_stack_in_the_log()
    {
        using TemporaryFolder folder = new();
        using TestAuthority authority = new(folder.Path, "authority");
        (string certificate, string key) = authority.Sign("server");
        string plain = $"http://127.0.0.1:{FreePort.Next()}";
        string secure = $"https://127.0.0.1:{FreePort.Next()}";
        string urls = plain + "," + secure;
        await using ServerProcess netcd = await ServerProcess.NetcdAsync(
            folder.At("data"), "--log-level", "debug", "--cert-file", certificate,
            "--key-file", key, "--listen-client-urls", urls, "--advertise-client-urls", urls);
        string[] calls = [.. Methods.Select(static method => "/etcdserverpb." + method), .. OtherMethods];
        await Parallel.ForEachAsync(calls, Many, async (path, _) => await CallAndHangUpAsync(new Uri(plain), path));
        await Parallel.ForEachAsync(
            calls.Where(static (_, n) => n % 3 == 1), Many, async (path, _) => await CallAndHangUpAsync(new Uri(secure), path));
        await Parallel.ForEachAsync(Paths, Many, async (path, _) => await AskAndHangUpAsync(new Uri(plain).Port, path));
        for (int moment = 0; moment < 4; moment++)
        {
            await GreetAndHangUpAsync(new Uri(secure).Port, moment);
        }

        using HttpClient client = new() { BaseAddress = new Uri(plain) };
        RawAnswer answer = await new RawCall(
            "/etcdserverpb.KV/Range",
            RawCall.Frame(new RangeRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("a") })).SendAsync(client);
        Assert.Equal("0", answer.Status);
        await netcd.TerminateAsync();
        string[] lines = [.. netcd.Log.Split('\n').Where(static line =>
            line.Contains("\"level\":\"error\"", StringComparison.Ordinal)
                || line.Contains("\\n   at ", StringComparison.Ordinal) || line.StartsWith("   at ", StringComparison.Ordinal)
            || line.Contains("Unhandled", StringComparison.Ordinal))];
        Assert.True(lines.Length == 0, string.Join('\n', lines.Take(5)));
    }

    /// <summary>Cancels a call of HTTP/2 before, while and after it sends its request; then takes the connection from under some.</summary>
    private static async Task CallAndHangUpAsync(Uri server, string path)
    {
        byte[] body = RawCall.Frame(path.Contains("Watch/", StringComparison.Ordinal)
            ? [0x0a, 3, 0x0a, 1, (byte)'a']
            : path.Contains("Lease", StringComparison.Ordinal) ? [8, 77] : [0x0a, 1, (byte)'a']);
        (byte[] Sent, bool Ends)[] moments = [([], false), (body[..3], false), (body[..^1], false), (body, false), (body, true)];
        foreach ((byte[] sent, bool ends) in moments)
        {
            foreach (int after in (int[])[0, 15])
            {
                foreach (bool isConnection in (bool[])[false, true])
                {
                    using HungUpCall call = new(server, path, sent, ends);
                    await call.RunAsync(TimeSpan.FromMilliseconds(after), isConnection);
                }
            }
        }
    }

    /// <summary>Leaves a request of HTTP/1.1, or a WebSocket, half way.</summary>
    private static async Task AskAndHangUpAsync(int port, string path)
    {
        string body = path.EndsWith("watch", StringComparison.Ordinal)
            ? """{"create_request":{"key":"YQ=="}}"""
            : """{"key":"YQ==","name":"YQ=="}""";
        string head = $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        string whole = $"{head}Content-Length: {body.Length}\r\n\r\n{body}";
        string chunk = $"{head}Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}";
        string upgrade =
            $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        string message = $"{upgrade}\u0081{(char)(0x80 | body.Length)}\0\0\0\0{body}";
        string[] sent = [head[..9], head, whole[..^body.Length], whole[..^3], whole, chunk,
            chunk + "\r\n", upgrade, message[..^5], message, upgrade + "\u0088\u0080\0\0\0\0"];
        foreach (string bytes in sent)
        {
            foreach (int after in (int[])[0, 15])
            {
                await HangUpAsync(port, Encoding.Latin1.GetBytes(bytes), after, isReset: false);
                await HangUpAsync(port, Encoding.Latin1.GetBytes(bytes), after, isReset: true);
            }
        }
    }

    /// <summary>Ends a connection of TLS before, while and after it is made secure.</summary>
    private static async Task GreetAndHangUpAsync(int port, int moment)
    {
        await HangUpAsync(port, [], 5, isReset: moment % 2 == 0);
        await HangUpAsync(port, [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc], 5, isReset: moment % 2 == 0);
        await HangUpAsync(port, "GET / HTTP/1.1\r\n\r\n"u8.ToArray(), 5, isReset: moment % 2 == 0);
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port);
#pragma warning disable CA5359 // Whose certificate it is, is not what is tested.
        using SslStream stream = new(client.GetStream(), false, static (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync("localhost");
        await stream.WriteAsync(
            "POST /v3/watch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"u8.ToArray().AsMemory(0, 20 + (moment * 10)));
        client.Client.LingerState = new LingerOption(moment % 2 == 0, 0);
    }

    private static async Task HangUpAsync(int port, byte[] bytes, int afterMilliseconds, bool isReset)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.SendAsync(bytes);
        await Task.Delay(afterMilliseconds);
        socket.LingerState = new LingerOption(isReset, 0);
    }
}
