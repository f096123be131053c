using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Metrics;

/// <summary>The pages of health beside those of etcd: status, type, and every byte of the body but the order of checks, which etcd
/// draws.</summary>
public sealed class HealthPageTests
{
    /// <summary>Of two alarms etcd names one by chance at <c>/health</c>: so often it does not name the other one.</summary>
    private const int MostTries = 30;

    private static readonly string[] Paths =
    [
        "/livez", "/livez?verbose", "/livez?verbose=", "/livez?verbose=false", "/livez?exclude=serializable_read",
        "/livez?verbose&exclude=serializable_read&exclude=nonsense", "/livez/serializable_read", "/livez/serializable_read?verbose",
        "/livez/serializable_read?exclude=serializable_read", "/livez/data_corruption", "/livez/", "/readyz", "/readyz?verbose",
        "/readyz?verbose&exclude=non_learner", "/readyz?verbose&exclude=non_learner&exclude=data_corruption&exclude=unknown&exclude=",
        "/readyz?verbose&exclude=non_learner,data_corruption", "/readyz/data_corruption", "/readyz/data_corruption?verbose",
        "/readyz/serializable_read", "/readyz/linearizable_read?verbose", "/readyz/non_learner?verbose", "/readyz/other", "/Readyz",
        "//readyz", "/readyz/../livez", "/health", "/health?serializable=true", "/health?exclude=NOSPACE", "/health?exclude=CORRUPT",
        "/health?exclude=NOSPACE&exclude=CORRUPT", "/health?exclude=&serializable=false",
    ];

    [Fact]
    public async Task Pages_are_those_of_etcd_whatever_is_asked_and_whichever_alarm_is_raised()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        await CompareAsync(pair);
        await AlarmAsync(pair, AlarmType.Nospace, AlarmRequest.Types.AlarmAction.Activate);
        await CompareAsync(pair);
        await AlarmAsync(pair, AlarmType.Corrupt, AlarmRequest.Types.AlarmAction.Activate);
        await CompareAsync(pair);
        string ready = await AskAsync(pair.Netcd, "GET", "/readyz");
        Assert.Contains("[-]data_corruption failed: alarm activated: CORRUPT", ready, StringComparison.Ordinal);
        await AlarmAsync(pair, AlarmType.Nospace, AlarmRequest.Types.AlarmAction.Deactivate);
        await CompareAsync(pair);
        await pair.Netcd.HasLoggedAsync(
            "\"msg\":\"some health checks cannot be excluded\",\"event-id\":2903,\"missing-health-checks\":[\"unknown\"]");
    }

    [Fact]
    public async Task Other_methods_than_get_are_refused_as_by_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach (string method in (string[])["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
        {
            foreach (string path in (string[])["/livez", "/readyz", "/readyz/non_learner", "/health", "/debug/vars"])
            {
                string told = await AskAsync(pair.Etcd, method, path);
                Assert.Equal($"{method} {path}: {told}", $"{method} {path}: {await AskAsync(pair.Netcd, method, path)}");
            }
        }
    }

    [Fact]
    public async Task Checks_are_counted_as_by_etcd()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        Dictionary<ServerProcess, string> told = [];
        foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
        {
            for (int n = 0; n < 5; n++)
            {
                await AskAsync(server, "GET", n < 2 ? "/health" : "/readyz/non_learner");
            }

            await AlarmAsync(server, AlarmType.Corrupt, AlarmRequest.Types.AlarmAction.Activate);
            for (int n = 0; n < 3; n++)
            {
                await AskAsync(server, "GET", "/readyz?exclude=linearizable_read");
            }

            await AskAsync(server, "GET", "/health");
            Scrape scrape = await Scrape.OfAsync(server);
            told.Add(server, string.Join('\n', scrape.Families.Values
                .Where(static family => family.Name.StartsWith("etcd_server_health", StringComparison.Ordinal))
                .SelectMany(static family => family.Series).Order()));
        }

        Assert.Equal(told[pair.Etcd], told[pair.Netcd]);
        Assert.Contains("status=\"error\"", told[pair.Netcd], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Debug_variables_have_etcds_keys_and_tell_of_raft()
    {
        await using ServerPair pair = await ServerPair.StartAsync();
        foreach (ServerProcess server in (ServerProcess[])[pair.Etcd, pair.Netcd])
        {
            using HttpClient http = new();
            using HttpResponseMessage answer = await http.GetAsync(new Uri($"http://{server.Endpoint}/debug/vars"));
            Assert.Equal("application/json; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
            using System.Text.Json.JsonDocument page = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal(
                ["cmdline", "file_descriptor_limit", "memstats", "raft.status"],
                page.RootElement.EnumerateObject().Select(static one => one.Name));
            System.Text.Json.JsonElement raft = page.RootElement.GetProperty("raft.status");
            Assert.Equal(
                ["id", "term", "vote", "commit", "lead", "raftState", "applied", "progress", "leadtransferee"],
                raft.EnumerateObject().Select(static one => one.Name));
            Assert.Equal("StateLeader", raft.GetProperty("raftState").GetString());
            string self = raft.GetProperty("id").GetString()!;
            Assert.Equal("StateReplicate", raft.GetProperty("progress").GetProperty(self).GetProperty("state").GetString());
            Assert.True(page.RootElement.GetProperty("memstats").GetProperty("HeapAlloc").GetInt64() > 100_000);
            Assert.Contains("--data-dir", page.RootElement.GetProperty("cmdline").EnumerateArray().Select(static one => one.GetString()));
        }
    }

    private static async Task CompareAsync(ServerPair pair)
    {
        foreach (string path in Paths)
        {
            string netcd = await AskAsync(pair.Netcd, "GET", path);
            string etcd = await AskAsync(pair.Etcd, "GET", path);
            for (int tries = 0; tries < MostTries && etcd != netcd && path.StartsWith("/health", StringComparison.Ordinal); tries++)
            {
                etcd = await AskAsync(pair.Etcd, "GET", path);
            }

            Assert.Equal($"{path}: {etcd}", $"{path}: {netcd}");
        }
    }

    private static async Task<string> AskAsync(ServerProcess server, string method, string path)
    {
        CommandResult answer = await Command.RunAsync(
            "curl", "-s", "-i", "--path-as-is", "-X", method, "-m", "20", method == "HEAD" ? "--head" : "--http1.1",
            $"http://{server.Endpoint}{path}");
        string[] lines = [.. answer.Succeeded().ReplaceLineEndings("\n").Split('\n')
            .Where(static line => !line.StartsWith("Date:", StringComparison.Ordinal))];
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static async Task AlarmAsync(ServerPair pair, AlarmType alarm, AlarmRequest.Types.AlarmAction action)
    {
        await AlarmAsync(pair.Etcd, alarm, action);
        await AlarmAsync(pair.Netcd, alarm, action);
    }

    private static async Task AlarmAsync(ServerProcess server, AlarmType alarm, AlarmRequest.Types.AlarmAction action) =>
        await new Maintenance.MaintenanceClient(server.Channel).AlarmAsync(new AlarmRequest { Action = action, Alarm = alarm });
}
