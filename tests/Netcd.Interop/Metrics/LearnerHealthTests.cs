using Netcd.Interop.Clusters;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Metrics;

/// <summary>What a member without a vote says of its health, beside etcd's.</summary>
public sealed class LearnerHealthTests
{
    private static readonly string[] Paths =
    [
        "/livez", "/livez?verbose", "/readyz", "/readyz?verbose", "/readyz/non_learner", "/readyz?exclude=non_learner",
        "/readyz/linearizable_read", "/readyz/serializable_read", "/health", "/health?serializable=true",
    ];

    [Fact]
    public async Task A_learner_is_not_ready_and_says_why_until_it_is_promoted()
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        await using ProcessCluster etcds = await ProcessCluster.StartAsync([etcd]);
        await using ProcessCluster netcds = await ProcessCluster.StartAsync([NetcdProgram.Path]);
        ClusterMember expected = await etcds.AddAsync(etcd, asLearner: true);
        ClusterMember actual = await netcds.AddAsync(NetcdProgram.Path, asLearner: true);
        await ReadsAsync(etcds, expected);
        await ReadsAsync(netcds, actual);
        Assert.Equal(await AskAsync(expected), await AskAsync(actual));
        Assert.StartsWith("503", await AskAsync(actual, "/readyz/non_learner"), StringComparison.Ordinal);

        await etcds.PromoteAsync(expected);
        await netcds.PromoteAsync(actual);
        await Poll.UntilAsync(async () => (await AskAsync(expected, "/readyz")).StartsWith("200", StringComparison.Ordinal));
        await Poll.UntilAsync(async () => (await AskAsync(actual, "/readyz")).StartsWith("200", StringComparison.Ordinal));
        Assert.Equal(await AskAsync(expected), await AskAsync(actual));
    }

    /// <summary>Waits until it has what the cluster has.</summary>
    private static async Task ReadsAsync(ProcessCluster cluster, ClusterMember learner)
    {
        await cluster.Members[0].Channel.PutAsync("learned", "x");
        await Poll.UntilAsync(async () =>
            (await AskAsync(learner, "/readyz/serializable_read")).StartsWith("200", StringComparison.Ordinal));
    }

    private static async Task<string> AskAsync(ClusterMember member)
    {
        List<string> answers = [];
        foreach (string path in Paths)
        {
            answers.Add($"{path}: {await AskAsync(member, path)}");
        }

        return string.Join('\n', answers);
    }

    /// <summary>The status and the lines in order: etcd's checks come as its hash table has them.</summary>
    private static async Task<string> AskAsync(ClusterMember member, string path)
    {
        using HttpClient http = new();
        using HttpResponseMessage answer = await http.GetAsync(new Uri($"http://{member.Endpoint}{path}"));
        string[] lines = (await answer.Content.ReadAsStringAsync()).Split('\n');
        return $"{(int)answer.StatusCode} {string.Join('\n', lines.Order(StringComparer.Ordinal))}";
    }
}
