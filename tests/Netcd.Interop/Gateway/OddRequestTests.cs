using Netcd.Interop.Processes;

namespace Netcd.Interop.Gateway;

/// <summary>Odd requests get etcd's answers, and both servers live on.</summary>
public sealed class OddRequestTests
{
    [Fact]
    public async Task Thousands_of_odd_requests_get_the_answers_of_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        List<string> differences = [];
        int asked = 0;
        foreach ((string path, string body) in OddRequests.All())
        {
            asked++;
            Task<GatewayAnswer> ofEtcd = GatewayAnswer.OfAsync(pair.Etcd.Endpoint, path, body);
            GatewayAnswer netcd = await GatewayAnswer.OfAsync(pair.Netcd.Endpoint, path, body);
            GatewayAnswer etcd = await ofEtcd;
            if (Documented(path, etcd) != Documented(path, netcd))
            {
                differences.Add($"{path} {body}\n  etcd  {etcd}\n  netcd {netcd}");
            }
        }

        Assert.InRange(asked, 1_000, 20_000);
        Assert.True(differences.Count == 0, $"{differences.Count} of {asked} differ:\n{string.Join('\n', differences.Take(50))}");
    }

    /// <summary>
    /// The Lock and Election services of etcd give errors of the store the code Unknown, netcd gives them their own (docs/differences.md).
    /// </summary>
    private static GatewayAnswer Documented(string path, GatewayAnswer answer) =>
        path.StartsWith("lock/", StringComparison.Ordinal) || path.StartsWith("election/", StringComparison.Ordinal)
            ? new GatewayAnswer(
                answer.Status == 500 ? 400 : answer.Status, answer.Body.Replace("\"code\":2,", "\"code\":3,", StringComparison.Ordinal))
            : answer;
}
