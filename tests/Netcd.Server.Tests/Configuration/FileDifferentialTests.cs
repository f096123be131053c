using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>Every key of etcd's configuration file with values that are empty or of another type: taken or refused as by etcd.</summary>
public sealed class FileDifferentialTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly string[] Keys =
    [
        "name", "wal-dir", "snapshot-count", "experimental-snapshot-catch-up-entries", "max-snapshots", "max-wals",
        "heartbeat-interval", "election-timeout", "initial-election-tick-advance", "backend-batch-interval",
        "backend-batch-limit", "backend-bbolt-freelist-type", "quota-backend-bytes", "max-txn-ops", "max-request-bytes",
        "max-concurrent-streams", "self-signed-cert-validity", "cipher-suites", "tls-min-version", "tls-max-version",
        "initial-cluster-state", "discovery-srv", "discovery-srv-name", "discovery-proxy", "discovery", "initial-cluster",
        "initial-cluster-token", "strict-reconfig-check", "enable-v2", "auto-compaction-mode", "auto-compaction-retention",
        "grpc-keepalive-min-time", "grpc-keepalive-interval", "grpc-keepalive-timeout", "socket-options", "pre-vote",
        "auth-token", "bcrypt-cost", "auth-token-ttl", "experimental-initial-corrupt-check", "experimental-corrupt-check-time",
        "experimental-compact-hash-check-enabled", "experimental-compact-hash-check-time", "experimental-enable-v2v3",
        "experimental-enable-lease-checkpoint", "experimental-enable-lease-checkpoint-persist",
        "experimental-compaction-batch-limit", "experimental-compaction-sleep-interval",
        "experimental-watch-progress-notify-interval", "experimental-warning-apply-duration",
        "experimental-bootstrap-defrag-threshold-megabytes", "force-new-cluster", "enable-pprof", "metrics",
        "listen-metrics-urls", "experimental-enable-distributed-tracing", "experimental-distributed-tracing-address",
        "experimental-distributed-tracing-service-name", "experimental-distributed-tracing-instance-id",
        "experimental-distributed-tracing-sampling-rate", "logger", "log-level", "log-outputs", "enable-log-rotation",
        "log-rotation-config-json", "enable-grpc-gateway", "unsafe-no-fsync", "experimental-downgrade-check-time",
        "experimental-memory-mlock", "experimental-txn-mode-write-with-shared-buffer",
        "experimental-stop-grpc-service-on-defrag", "v2-deprecation", "listen-client-urls", "listen-client-http-urls",
        "initial-advertise-peer-urls", "advertise-client-urls", "cors", "host-whitelist", "client-transport-security",
        "peer-transport-security", "proxy", "proxy-failure-wait", "proxy-refresh-interval", "proxy-dial-timeout",
        "proxy-write-timeout", "proxy-read-timeout", "discovery-fallback",
    ];

    private static readonly string[] Sections = ["client-transport-security", "peer-transport-security"];

    private static readonly string[] SectionKeys =
    [
        "cert-file", "key-file", "client-cert-file", "client-key-file", "client-cert-auth", "trusted-ca-file", "auto-tls", "allowed-cn",
        "allowed-hostname",
    ];

    private static readonly string[] Values = ["\"\"", "~", "[]", "[\"\"]", "{}", "5"];

    [Fact]
    public async Task Each_is_taken_or_refused_as_by_etcd()
    {
        string etcd = await EtcdPrograms.EtcdAsync();
        using TcpListener occupied = new(IPAddress.Loopback, 0);
        occupied.Start();
        int port = ((IPEndPoint)occupied.LocalEndpoint).Port;
        IEnumerable<(string Key, string Line)> lines = Keys.SelectMany(key => Values.Select(value => (key, $"{key}: {value}"))).Concat(
            from section in Sections from key in SectionKeys from value in Values select (section, $"{section}: {{{key}: {value}}}"));
        ConcurrentBag<string> differences = [];
        await Parallel.ForEachAsync(lines, async (entry, _) =>
        {
            // etcd that takes the file fails when it opens this port: so it says quickly what it thinks.
            string url = $"http://127.0.0.1:{port}";
            string text = $"listen-peer-urls: {url}\n"
                + (entry.Key == "listen-client-urls" ? "" : $"listen-client-urls: {url}\n") + entry.Line;
            string expected = await AskEtcdAsync(etcd, text);
            ConfigurationResult actual = Load.File(text);

            // Both refuse to start without members; etcd only after it has opened its ports.
            bool isTaken = actual.Options is not null || actual.Message.StartsWith("couldn't find local name", StringComparison.Ordinal);
            if (isTaken != expected.Contains("address already in use", StringComparison.Ordinal))
            {
                differences.Add($"{entry.Line}: netcd {(isTaken ? "takes" : "refuses")} it: {actual.Message}\n  etcd: {expected}");
            }
        });
        Assert.True(differences.IsEmpty, string.Join('\n', differences));
    }

    private static async Task<string> AskEtcdAsync(string etcd, string text)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("netcd-file");
        try
        {
            string file = Path.Combine(folder.FullName, "file");
            await File.WriteAllTextAsync(file, text);
            ProcessStartInfo start = new(etcd, ["--config-file", file])
            {
                RedirectStandardError = true,
                WorkingDirectory = folder.FullName,
            };
            using Process process = Process.Start(start)!;
            string told = await process.StandardError.ReadToEndAsync().WaitAsync(Deadline);
            await process.WaitForExitAsync().WaitAsync(Deadline);
            return told.TrimEnd().Split('\n')[^1];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
