using Microsoft.Extensions.Logging.Abstractions;
using Netcd.Engine.Hashing;
using Netcd.Engine.Node;
using Netcd.Engine.Starting;
using Netcd.Server.Auth;
using Netcd.Server.Configuration;
using Netcd.Server.Monitoring;
using Netcd.Server.Monitoring.Families;
using Netcd.Server.Peers;
using Netcd.Storage.Disk;

namespace Netcd.Server.Tests.Monitoring;

/// <summary>docs/reference/metrics.md lists what is registered, with its meaning.</summary>
public sealed class MetricsDocumentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>With <c>NETCD_REWRITE_DOCS=1</c> the table is written anew.</summary>
    [Fact]
    public void The_document_lists_the_metrics_that_there_are()
    {
        string document = Repository.At("docs", "reference", "metrics.md");
        string[] lines = File.ReadAllLines(document);
        string[] rows = [.. Families().Select(Row)];
        if (Environment.GetEnvironmentVariable("NETCD_REWRITE_DOCS") == "1")
        {
            int first = Array.FindIndex(lines, IsRow);
            File.WriteAllLines(document, [.. lines[..first], .. rows, .. lines[first..].SkipWhile(IsRow)]);
            return;
        }

        Assert.Equal(rows, lines.Where(IsRow));
    }

    [Fact]
    public void A_metric_is_told_in_a_sentence_and_is_of_etcd_or_of_netcd()
    {
        string[] origins = ["etcd_", "grpc_server_", "netcd_", "os_fd_", "dotnet_gc_", "process_", "promhttp_"];
        Assert.All(Families(), family =>
        {
            Assert.EndsWith(".", family.Help, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', family.Help);
            Assert.Contains(origins, origin => family.Name.StartsWith(origin, StringComparison.Ordinal));
            Assert.Equal(family.Labels.Order(StringComparer.Ordinal), family.Labels);
        });
    }

    private static bool IsRow(string line) => line.StartsWith("| `", StringComparison.Ordinal) && line.Split('|').Length == 6;

    private static string Row(MetricFamily family)
    {
        string labels = family.Labels.Count == 0 ? "–" : string.Join(", ", family.Labels.Select(static label => $"`{label}`"));
        return $"| `{family.Name}` | {MetricsText.NameOf(family.Kind)} | {labels} | {family.Help} |";
    }

    /// <summary>All of them, those of an audit log and of simple tokens too.</summary>
    private MetricFamily[] Families()
    {
        NodeOptions options = new()
        {
            Name = "documented",
            DataDirectory = folder.At("data"),
            InitialCluster = new Dictionary<string, IReadOnlyList<string>> { ["documented"] = ["http://localhost:2380"] },
            AdvertiseClientUrls = ["http://localhost:2379"],
        };
        using EtcdNode node = EtcdNode.Open(
            options, PhysicalDisk.Instance, new NodeEnvironment(static bound => bound - 1, new HashSeed(3, 4), NullLogger.Instance));
        using ITokenProvider tokens = TokenProviders.Create(
            TokenSpecification.Parse("simple"), TimeSpan.FromMinutes(5), TimeProvider.System, NullLogger.Instance);
        using AuditLog audit = AuditLog.Open(folder.At("audit"), TimeProvider.System, NullLogger.Instance);
        ServiceMetrics service = new(new CallMeters(isTimed: true));
        MetricsRegistry registry = MemberMetrics.Register(
            node, service, static () => [], new SnapshotReceipts(), FeatureState.Usual, tokens, audit);
        return [.. registry.Families];
    }
}
