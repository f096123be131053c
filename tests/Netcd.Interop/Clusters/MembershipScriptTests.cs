using System.Text;
using System.Text.RegularExpressions;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Clusters;

/// <summary>The same operator's script against a cluster of etcd and one of netcd: equal output, refusals included.</summary>
public sealed partial class MembershipScriptTests
{
    [Fact]
    public async Task Membership_commands_answer_as_they_do_with_etcd()
    {
        string etcd = await RunAsync(await EtcdPrograms.EtcdAsync());
        string netcd = await RunAsync(NetcdProgram.Path);
        Assert.Equal(etcd, netcd);
    }

    [Fact]
    public async Task Members_are_listed_in_the_order_of_their_ids()
    {
        await using ProcessCluster cluster = await ProcessCluster.StartAsync([.. Enumerable.Repeat(NetcdProgram.Path, 3)]);
        CommandResult list = await Command.RunAsync(
            await EtcdPrograms.EtcdctlAsync(),
            ["--endpoints", cluster.Members[0].Endpoint, "member", "list"],
            "",
            TimeSpan.FromSeconds(30));
        string[] ids = [.. list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(',')[0].PadLeft(16, '0'))];
        Assert.Equal(3, ids.Length);
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
    }

    private static async Task<string> RunAsync(string program)
    {
        await using ProcessCluster cluster = await ProcessCluster.StartAsync([program, program, program], ProcessCluster.SlowElections);
        Script script = new(cluster, await EtcdPrograms.EtcdctlAsync());
        ClusterMember leader = await cluster.LeaderAsync();
        ClusterMember follower = await cluster.FollowerAsync();
        string followerId = await cluster.HexIdOfAsync(follower);
        ClusterMember other = cluster.Members.First(member => member != leader && member != follower);

        // A member counts as healthy after five seconds; before that both refuse.
        await script.UntilAsync(leader, $"member update {followerId} --peer-urls={follower.PeerUrl}");
        await Task.Delay(TimeSpan.FromSeconds(6));
        await script.RunAsync(leader, "member list -w simple");
        await script.RunAsync(leader, "member list -w table");
        await script.RunAsync(follower, "endpoint status --cluster -w simple");
        await script.RunAsync(follower, "endpoint health --cluster");
        await script.RunAsync(follower, "endpoint hashkv --cluster");
        await script.RunAsync(leader, "member remove 1234");
        await script.RunAsync(leader, "member remove zzz");
        await script.RunAsync(leader, "member promote 1234");
        await script.RunAsync(leader, $"member promote {followerId}");
        await script.RunAsync(follower, $"member promote {followerId}");
        await script.RunAsync(leader, "member update 1234 --peer-urls=http://127.0.0.1:1");
        await script.RunAsync(leader, $"member update {followerId} --peer-urls={leader.PeerUrl}");
        await script.RunAsync(leader, $"member add x --peer-urls={follower.PeerUrl}");
        await script.RunAsync(leader, "member add x --peer-urls=nonsense");
        await script.RunAsync(leader, "member add x");
        await script.RunAsync(leader, "member add l --learner --peer-urls=http://127.0.0.1:1");
        await script.RunAsync(leader, "member add l2 --learner --peer-urls=http://127.0.0.1:2");
        await script.RunAsync(leader, "member list -w simple");
        await script.RunAsync(follower, "move-leader 1234");
        await script.RunAsync(leader, "move-leader 1234");
        await script.RunAsync(leader, $"move-leader {followerId}");
        await script.RunAsync(follower, "endpoint status --cluster -w simple");
        await other.KillAsync();
        await script.UntilAsync(follower, "endpoint health");
        await script.RunAsync(follower, "member add y --peer-urls=http://127.0.0.1:3");
        return script.Text;
    }

    /// <summary>Runs etcdctl and writes down what it says, with what differs from run to run replaced by names.</summary>
    private sealed class Script(ProcessCluster cluster, string etcdctl)
    {
        private readonly StringBuilder text = new();

        public string Text => text.ToString();

        public async Task RunAsync(ClusterMember via, string line)
        {
            CommandResult result = await ExecuteAsync(via, line);
            text.AppendLine(Neutral($"$ {via.Name} {line}\n[exit {result.ExitCode}]\n{result.Output}{result.Errors}"));
        }

        public async Task UntilAsync(ClusterMember via, string line)
        {
            for (int attempt = 0; ; attempt++)
            {
                CommandResult result = await ExecuteAsync(via, line);
                if (result.ExitCode == 0)
                {
                    return;
                }

                Assert.True(attempt < 200, $"{line}: {result.Errors}");
                await Task.Delay(200);
            }
        }

        private Task<CommandResult> ExecuteAsync(ClusterMember via, string line) =>
            Command.RunAsync(etcdctl, ["--endpoints", via.Endpoint, .. line.Split(' ')], "", TimeSpan.FromSeconds(30));

        private string Neutral(string output)
        {
            foreach (ClusterMember member in cluster.Members)
            {
                output = output.Replace(member.Endpoint, member.Name + "-client", StringComparison.Ordinal)
                    .Replace(member.PeerUrl, member.Name + "-peer", StringComparison.Ordinal);
            }

            output = Took().Replace(output, "took = T");
            output = Time().Replace(output, "TIME");
            output = Version().Replace(output, "VERSION");
            output = Hash().Replace(output, "HASH");
            output = Size().Replace(output, "SIZE");

            // The leader is another one each time: members are told apart by name, their places in lists by nothing.
            output = Id().Replace(output, "ID");
            output = Border().Replace(Blanks().Replace(output, " "), "─");
            output = InitialCluster().Replace(output, match => string.Join(',', match.Value.Split(',').Order(StringComparer.Ordinal)));
            return string.Join('\n', output.Split('\n').Where(IsAnswer).Select(RoleAndName).Order(StringComparer.Ordinal));
        }

        /// <summary>The client's own log tells of its attempts.</summary>
        private static bool IsAnswer(string line) => !line.StartsWith("{\"level\":\"warn\"", StringComparison.Ordinal);

        private static string RoleAndName(string line) => MemberName().Replace(line, "mN");
    }

    [GeneratedRegex(@"took = [0-9.]+[µnm]?s")]
    private static partial Regex Took();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+\d{4})")]
    private static partial Regex Time();

    [GeneratedRegex(@"\b3\.\d+\.\d+\b")]
    private static partial Regex Version();

    [GeneratedRegex(@"(?<=-client, )\d{6,10}\b")]
    private static partial Regex Hash();

    [GeneratedRegex(@"\b\d+ [kM]?B\b")]
    private static partial Regex Size();

    [GeneratedRegex(@"\b[0-9a-f]{14,16}\b")]
    private static partial Regex Id();

    // A table is as wide as its ids and URLs, which are not equally long in each run.
    [GeneratedRegex(" {2,}")]
    private static partial Regex Blanks();

    [GeneratedRegex("─+")]
    private static partial Regex Border();

    // Members stand in the order of their ids, which depend on their ports.
    [GeneratedRegex("(?<=ETCD_INITIAL_CLUSTER=\").*(?=\")")]
    private static partial Regex InitialCluster();

    [GeneratedRegex(@"\bm[123]\b")]
    private static partial Regex MemberName();
}
