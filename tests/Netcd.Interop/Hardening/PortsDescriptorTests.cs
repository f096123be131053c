using System.Globalization;
using System.Net.Sockets;
using Google.Protobuf;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Hardening;

/// <summary>However many connections strangers open, a member has descriptors for its files and for the others (C1, H6, M6).</summary>
public sealed class PortsDescriptorTests
{
    private static readonly ByteString Megabyte = ByteString.CopyFrom(new byte[1 << 20]);

    [Fact]
    public async Task C1_the_limit_of_open_files_is_raised_to_what_the_process_may_have()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it is looked up in /proc");
        using TemporaryFolder folder = new();
        await using ServerProcess netcd = await ServerProcess.LimitedAsync("ulimit -Sn 400; ulimit -Hn 3000", folder.At("data"));
        Assert.Equal(("3000", "3000"), ProcessLook.FileLimits(netcd.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task C1_connections_of_strangers_to_one_port_leave_descriptors_for_the_log_and_places_at_the_other(bool toMembersPort)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits are set by a shell");
        using TemporaryFolder folder = new();
        int peerPort = FreePort.Next();
        await using ServerProcess netcd = await ServerProcess.LimitedAsync(
            "ulimit -n 420", folder.At("data"), "--listen-peer-urls", $"http://127.0.0.1:{peerPort}");
        (int taken, int other) = toMembersPort ? (peerPort, netcd.Port) : (netcd.Port, peerPort);
        KV.KVClient kv = new(netcd.Channel);
        await kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("before") });
        List<Socket> strangers = await ConnectAsync(taken, 500);
        try
        {
            await TakenAsync(netcd.Id);
            await AssertAnswersAsync(other);

            // More than a segment of the log: the next one is begun meanwhile.
            await PutMegabytesAsync(kv, 70);
            Assert.InRange(ProcessLook.Descriptors(netcd.Id), 1, 400);
        }
        finally
        {
            strangers.ForEach(static stranger => stranger.Dispose());
        }

        await AssertAnswersAsync(taken);
        Assert.False(netcd.HasExited, netcd.Log);
    }

    [Fact]
    public async Task C1_a_process_whose_descriptors_are_all_in_use_goes_on_with_its_log()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits are changed by prlimit");
        Assert.SkipUnless(NetcdProgram.IsNative, "a compiler at run time needs descriptors too, and ends the process without");
        using TemporaryFolder folder = new();
        await using (ServerProcess netcd = await ServerProcess.NetcdAsync(folder.At("data")))
        {
            KV.KVClient kv = new(netcd.Channel);
            await PutMegabytesAsync(kv, 70);

            // Those that are open stay so, what is left between them strangers take, and nothing more can be opened.
            string most = Text(ProcessLook.HighestDescriptor(netcd.Id) + 1);
            CommandResult lowered = await Command.RunAsync("prlimit", "--pid", Text(netcd.Id), $"--nofile={most}:");
            Assert.SkipUnless(lowered.ExitCode == 0, lowered.Errors);
            List<Socket> strangers = await ConnectAsync(netcd.Port, 300);
            await Poll.UntilAsync(() => Task.FromResult(Text(ProcessLook.Descriptors(netcd.Id)) == most));
            try
            {
                await PutMegabytesAsync(kv, 140);
            }
            catch (Grpc.Core.RpcException failure)
            {
                Assert.Fail($"{failure.Status}\n{netcd.Log}");
            }

            strangers.ForEach(static stranger => stranger.Dispose());
            (await Command.RunAsync("prlimit", "--pid", Text(netcd.Id), "--nofile=4096:")).Succeeded();
            await PutMegabytesAsync(kv, 70);
            Assert.False(netcd.HasExited, netcd.Log);
            await netcd.HasLoggedAsync("failed to accept connections");
        }

        await using ServerProcess again = await ServerProcess.NetcdAsync(folder.At("data"));
        RangeResponse held = await new KV.KVClient(again.Channel).RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8("megabyte"), CountOnly = true, RangeEnd = ByteString.CopyFromUtf8("n") });
        Assert.Equal(7, held.Count);
    }

    [Fact]
    public async Task H6_keep_alives_at_a_follower_take_few_connections_to_the_leader()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "descriptors are counted in /proc");
        await using ProcessCluster cluster = await ProcessCluster.NetcdAsync(3);
        ClusterMember leader = await cluster.LeaderAsync();
        ClusterMember follower = await cluster.FollowerAsync();
        long id = (await new Lease.LeaseClient(follower.Channel).LeaseGrantAsync(new LeaseGrantRequest { TTL = 600 })).ID;
        byte[] renewals =
            [.. Enumerable.Repeat(Transport.RawCall.Frame(new LeaseKeepAliveRequest { ID = id }), 64).SelectMany(static frame => frame)];
        int atFollower = ProcessLook.Descriptors(follower.ProcessId);
        int atLeader = ProcessLook.Descriptors(leader.ProcessId);
        await using RawHttp2 client = await RawHttp2.ConnectAsync(follower.ClientPort);
        List<byte> calls = [];
        for (int call = 0; call < 30; call++)
        {
            int stream = client.Open(calls, RawHttp2.HeadersOf("/etcdserverpb.Lease/LeaseKeepAlive"));
            calls.AddRange(RawHttp2.Frame(RawHttp2.Data, 0, stream, renewals));
        }

        await client.SendAsync(calls.ToArray());
        long answers = 30 * 64 * (5 + 20);
        int most = 0;
        await Poll.UntilAsync(() =>
        {
            most = Math.Max(
                most,
                Math.Max(ProcessLook.Descriptors(follower.ProcessId) - atFollower, ProcessLook.Descriptors(leader.ProcessId) - atLeader));
            return Task.FromResult(client.DataBytes > answers);
        });
        Assert.InRange(most, 1, 60);
    }

    [Fact]
    public async Task M6_the_system_asks_silent_clients_and_members_whether_they_are_there()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "timers are looked up in /proc");
        using TemporaryFolder folder = new();
        int peerPort = FreePort.Next();
        await using ServerProcess netcd = await ServerProcess.LimitedAsync(
            "true", folder.At("data"), "--listen-peer-urls", $"http://127.0.0.1:{peerPort}");
        foreach (int port in new[] { netcd.Port, peerPort })
        {
            using Socket silent = new(SocketType.Stream, ProtocolType.Tcp);
            await silent.ConnectAsync("127.0.0.1", port);
            int client = ((System.Net.IPEndPoint)silent.LocalEndPoint!).Port;
            await Poll.UntilAsync(() => Task.FromResult(ProcessLook.HasKeepAlive(port, client)));
        }
    }

    private static async Task<List<Socket>> ConnectAsync(int port, int count)
    {
        List<Socket> sockets = [];
        for (int n = 0; n < count; n++)
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync("127.0.0.1", port);
        }

        return sockets;
    }

    private static async Task AssertAnswersAsync(int port)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port);
        await client.GetStream().WriteAsync("GET /version HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        byte[] answer = new byte[12];
        await client.GetStream().ReadExactlyAsync(answer).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("HTTP/1.1 200"u8.ToArray(), answer);
    }

    /// <summary>Waits until a process has taken as many connections as it does.</summary>
    private static async Task TakenAsync(int processId)
    {
        (int last, int looks) = (0, 0);
        await Poll.UntilAsync(() =>
        {
            int now = ProcessLook.Descriptors(processId);
            (last, looks) = (now, now == last ? looks + 1 : 0);
            return Task.FromResult(looks > 20);
        });
    }

    private static async Task PutMegabytesAsync(KV.KVClient kv, int count)
    {
        for (int n = 0; n < count; n++)
        {
            await kv.PutAsync(
                new PutRequest { Key = ByteString.CopyFromUtf8($"megabyte{n % 7}"), Value = Megabyte },
                deadline: DateTime.UtcNow.AddSeconds(60));
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
