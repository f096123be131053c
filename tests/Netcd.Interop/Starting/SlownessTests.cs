using System.Text.Json.Nodes;
using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Starting;

/// <summary>What a member warns of when its disk or its processor is slow: the same as etcd, beside etcd.</summary>
public sealed class SlownessTests
{
    /// <summary>Of a line itself, and not of its event.</summary>
    private static readonly string[] Heads = ["ts", "logger", "caller", "event-id"];

    [Fact]
    public async Task A_flush_of_the_log_that_takes_more_than_a_second_and_the_call_that_waits_for_it_are_warned_of()
    {
        string[] logs = await Task.WhenAll(FlushAsync(await EtcdPrograms.EtcdAsync()), FlushAsync(NetcdProgram.Path));
        foreach (string message in (string[])["slow fdatasync", "request stats"])
        {
            JsonObject[] lines = [.. logs.Select(log => LinesOf(log, message)[0])];
            Assert.Equal(NamesOf(lines[0]), NamesOf(lines[1]));
            Assert.All(lines, static line => Assert.Equal("warn", (string?)line["level"]));
        }

        JsonObject slow = LinesOf(logs[1], "slow fdatasync")[0];
        Assert.Equal("1s", (string?)slow["expected-duration"]);
        Assert.Matches(@"^(1\.[1-9]\d*|[2-9](\.\d+)?|\d\d+(\.\d+)?)s$", (string?)slow["took"]);
    }

    [Fact]
    public async Task A_leader_that_stood_still_warns_of_each_member_that_it_has_let_wait()
    {
        JsonObject[][] logged = [await StandStillAsync(await EtcdPrograms.EtcdAsync()), await StandStillAsync(NetcdProgram.Path)];
        foreach (JsonObject[] lines in logged)
        {
            Assert.Equal(2, lines.Select(static line => (string)line["to"]!).Distinct().Count());
            Assert.All(lines, line => Assert.Equal(NamesOf(logged[0][0]), NamesOf(line)));
            Assert.All(lines, static line => Assert.Equal(
                ("warn", "100ms", "200ms"),
                ((string?)line["level"], (string?)line["heartbeat-interval"], (string?)line["expected-duration"])));
        }
    }

    /// <summary>What a server logs whose every flush of the log takes longer than a second, while a key is put.</summary>
    private static async Task<string> FlushAsync(string program)
    {
        using TemporaryFolder folder = new();
        string data = folder.At("data");
        await using (ServerProcess first = await ServerProcess.ReadyAsync(program, data, FreePort.Next()))
        {
            await first.Channel.PutAsync("before", "1");
            await first.TerminateAsync();
        }

        string wal = Path.Combine(data, "member", "wal", "0000000000000000-0000000000000000.wal");
        SystemCallFault fault = new("fdatasync", "delay_exit=1100000", "1+", wal, folder.At("trace"));
        await using ServerProcess server = await ServerProcess.UnderFaultAsync(program, fault, data);
        await server.Channel.PutAsync("after", "2");
        await Poll.UntilAsync(() => Task.FromResult(server.Log.Contains("request stats", StringComparison.Ordinal)));
        return server.Log;
    }

    /// <summary>What the leader of three logs of its heartbeats when it was stopped for less than an election takes.</summary>
    private static async Task<JsonObject[]> StandStillAsync(string program)
    {
        await using ProcessCluster cluster = await ProcessCluster.StartAsync([program, program, program]);
        for (int attempt = 0; attempt < 10; attempt++)
        {
            ClusterMember leader = await cluster.LeaderAsync();
            leader.Pause();
            await Task.Delay(600);
            leader.Resume();
            await Poll.UntilAsync(async () => await ProcessCluster.StatusAsync(leader) is not null);
            JsonObject[] lines = LinesOf(leader.Log, "leader failed to send out heartbeat on time; took too long, leader is overloaded "
                + "likely from slow disk");
            if (lines.Select(static line => (string)line["to"]!).Distinct().Count() == 2)
            {
                return lines;
            }
        }

        throw new InvalidOperationException("no heartbeat was late:\n" + cluster.Logs());
    }

    private static JsonObject[] LinesOf(string log, string message) =>
        [.. log.Split('\n').Where(static line => line.StartsWith('{')).Select(static line => JsonNode.Parse(line)!.AsObject())
            .Where(line => (string)line["msg"]! == message)];

    private static string[] NamesOf(JsonObject line) =>
        [.. line.Select(static field => field.Key).Where(static name => !Heads.Contains(name)).Order()];
}
