using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

public sealed class CheckTests
{
    [Theory]
    [InlineData("--heartbeat-interval must be >0 (set to 0ms)", "--heartbeat-interval=0")]
    [InlineData("--election-timeout must be >0 (set to 0ms)", "--election-timeout=0")]
    [InlineData("--election-timeout[300ms] should be at least as 5 times as --heartbeat-interval[100ms]", "--election-timeout=300")]
    [InlineData("--election-timeout[60000ms] is too long, and should be set less than 50000ms", "--election-timeout=60000")]
    [InlineData(
        "--advertise-client-urls is required when --listen-client-urls is set explicitly", "--listen-client-urls=http://127.0.0.1:1")]
    [InlineData(
        "expected IP in URL for binding (http://foo.com:2379)",
        "--listen-client-urls=http://foo.com:2379", "--advertise-client-urls=http://foo.com:2379")]
    [InlineData("expected IP in URL for binding (http://:2380)", "--listen-peer-urls=http://:2380")]
    [InlineData("unknown logger option \"foo\"", "--logger=foo")]
    [InlineData("unrecognized level: \"foo\"", "--log-level=foo")]
    [InlineData("unknown auto-compaction-mode \"foo\"", "--auto-compaction-mode=foo")]
    [InlineData("--auto-compaction-mode is undefined", "--auto-compaction-mode=", "--auto-compaction-retention=1")]
    [InlineData("error parsing CompactionRetention: time: invalid duration \"foo\"", "--auto-compaction-retention=foo")]
    [InlineData("error parsing CompactionRetention: time: missing unit in duration \"-1\"", "--auto-compaction-retention=-1")]
    [InlineData("error parsing CompactionRetention: time: missing unit in duration \"1.5\"", "--auto-compaction-retention=1.5")]
    [InlineData(
        "error parsing CompactionRetention: time: unknown unit \"d\" in duration \"7d\"",
        "--auto-compaction-mode=revision", "--auto-compaction-retention=7d")]
    [InlineData("--auto-compaction-retention[-1h] must be from 0 to 2562047 hours", "--auto-compaction-retention=-1h")]
    [InlineData("--auto-compaction-retention[2562048] must be from 0 to 2562047 hours", "--auto-compaction-retention=2562048")]
    [InlineData(
        "--quota-auto-recover needs --auto-compaction-retention, which says what may not be compacted",
        "--quota-auto-recover", "--auto-compaction-mode=revision")]
    [InlineData("--compact-hash-check-time must be >0 (set to 0s)", "--compact-hash-check-time=0")]
    [InlineData("--corrupt-check-time must be >=0 (set to -1m0s)", "--experimental-corrupt-check-time=-1m")]
    [InlineData(
        "cannot specify both flags: --experimental-initial-corrupt-check=true and --feature-gates=InitialCorruptCheck=false at the same "
            + "time, please just use --feature-gates=InitialCorruptCheck=false",
        "--feature-gates=InitialCorruptCheck=false", "--experimental-initial-corrupt-check")]
    [InlineData("couldn't find local name \"default\" in the initial cluster configuration", "--initial-cluster=a=http://127.0.0.1:1")]
    [InlineData("error setting up initial cluster: URL scheme must be http, https, unix, or unixs: foo", "--initial-cluster=default=foo")]
    [InlineData("error setting up initial cluster: URL scheme must be http, https, unix, or unixs: ", "--initial-cluster=foo")]
    [InlineData(
        "--initial-cluster has default=http://127.0.0.1:1 but missing from --initial-advertise-peer-urls=http://localhost:2380 (resolved "
            + "urls: \"http://127.0.0.1:2380\" != \"http://127.0.0.1:1\")",
        "--initial-cluster=default=http://127.0.0.1:1")]
    [InlineData(
        "enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint",
        "--feature-gates=LeaseCheckpointPersist=true")]
    [InlineData(
        "enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint",
        "--experimental-enable-lease-checkpoint-persist")]
    [InlineData("unrecognized feature gate: Foo", "--feature-gates=Foo=true")]
    [InlineData("missing bool value for Foo", "--feature-gates=Foo")]
    [InlineData(
        "cannot specify both flags: --experimental-enable-lease-checkpoint=true and --feature-gates=LeaseCheckpoint=false at the same "
            + "time, please just use --feature-gates=LeaseCheckpoint=false",
        "--feature-gates=LeaseCheckpoint=false", "--experimental-enable-lease-checkpoint")]
    [InlineData("unexpected TLS version \"TLS1.0\" (must be one of: TLS1.2, TLS1.3)", "--tls-min-version=TLS1.0")]
    [InlineData("unexpected TLS version \"TLS1.1\" (must be one of: TLS1.2, TLS1.3)", "--tls-max-version=TLS1.1")]
    [InlineData("min version (TLS1.3) is greater than max version (TLS1.2)", "--tls-min-version=TLS1.3", "--tls-max-version=TLS1.2")]
    [InlineData(
        "cipher suites cannot be configured when only TLS1.3 is enabled",
        "--tls-min-version=TLS1.3", "--cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")]
    [InlineData(
        "--advertise-client-urls \"unix:///run/etcd.sock\" must be \"host:port\" (missing port in address)",
        "--listen-client-urls=unix:///run/etcd.sock", "--advertise-client-urls=unix:///run/etcd.sock")]
    [InlineData(
        "--listen-peer-urls has unix:///run/etcd.sock: a socket between members is called unix://host:port",
        "--listen-peer-urls=unix:///run/etcd.sock")]
    [InlineData("--auto-defrag-free-percent is 100, and must be below 100", "--auto-defrag-free-percent=100")]
    [InlineData("both --discovery-token and --discovery-endpoints must be set", "--discovery-token=a")]
    [InlineData("both --discovery-token and --discovery-endpoints must be set", "--discovery-endpoints=a:1")]
    [InlineData("--discovery-endpoints must not contain empty endpoints", "--discovery-token=a", "--discovery-endpoints= ,a:1")]
    [InlineData(
        "multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\", \"discovery\", \"discovery-endpoints\" or "
            + "\"discovery-srv\"",
        "--discovery-token=a", "--discovery-endpoints=a:1", "--initial-cluster=default=http://localhost:2380")]
    [InlineData(
        "multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\", \"discovery\", \"discovery-endpoints\" or "
            + "\"discovery-srv\"",
        "--discovery-token=a", "--discovery-endpoints=a:1", "--discovery-srv=a.test")]
    [InlineData(
        "discovery URL should not be set when joining existing initial cluster",
        "--discovery-token=a", "--discovery-endpoints=a:1", "--initial-cluster-state=existing")]
    [InlineData("--max-request-bytes[0] must be from 1 to 2146959359", "--max-request-bytes=0")]
    public void A_setting_that_cannot_be_obeyed_exits_with_1(string message, params string[] arguments) =>
        Load.Refused(Load.Arguments(["--data-dir=does-not-exist.etcd", .. arguments]), 1, message);

    [Theory]
    [InlineData("discovery=http://x", "use --discovery-token and --discovery-endpoints.")]
    [InlineData("proxy=on", "etcd 3.6 has removed the v2 proxy.")]
    [InlineData("discovery-fallback=proxy", "etcd 3.6 has removed the v2 proxy: there is nothing else than to exit.")]
    public void A_flag_whose_feature_is_gone_and_without_which_a_start_is_dangerous_ends_it(string flag, string reason)
    {
        ConfigurationResult result = Load.Arguments("--" + flag);
        Assert.Equal((null, 1), (result.Options, result.ExitCode));
        Assert.StartsWith($"--{flag.Split('=')[0]} is refused: ", result.Message, StringComparison.Ordinal);
        Assert.EndsWith(reason, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("enable-v2", "etcd 3.6 has removed the v2 API.")]
    [InlineData("socket-reuse-address", "Listeners always have SO_REUSEADDR.")]
    [InlineData("vv", "etcd itself has ignored it since version 2.")]
    public void Another_flag_without_effect_warns_and_says_what_became_of_it(string flag, string fate)
    {
        ConfigurationResult result = Load.Arguments("--" + flag);
        Assert.NotNull(result.Options);
        Assert.Equal([$"--{flag} has no effect: {fate}"], result.Warnings);
    }

    [Theory]
    [InlineData("client-cert-auth=false")]
    [InlineData("auth-token=simple")]
    [InlineData("proxy=off")]
    [InlineData("raft-read-timeout=5000ms")]
    [InlineData("auto-compaction-mode=periodic")]
    public void A_flag_without_effect_that_is_set_to_its_default_says_nothing(string flag)
    {
        ConfigurationResult result = Load.Arguments("--" + flag);
        Assert.NotNull(result.Options);
        Assert.Empty(result.Warnings);
    }

    [Theory]
    [InlineData("cors", "*,http://a.example:80")]
    [InlineData("cors", "")]
    [InlineData("cors", "a.example")]
    [InlineData("cors", "https://a.example:80/path")]
    [InlineData("cors", "https://a.example")]
    [InlineData("listen-client-urls", "unix://localhost:socket")]
    public void A_text_that_is_no_url_where_there_must_be_one_exits_with_2(string flag, string text)
    {
        ConfigurationResult result = Load.Arguments($"--{flag}={text}");
        Assert.Equal((2, true), (result.ExitCode, result.Message.Contains($"-{flag}: ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false, 0, false, 60)]
    [InlineData(true, 0, false, 60, "--feature-gates=InitialCorruptCheck=true")]
    [InlineData(true, 0, false, 60, "--experimental-initial-corrupt-check=true")]
    [InlineData(false, 90, false, 60, "--corrupt-check-time=1m30s")]
    [InlineData(false, 90, false, 60, "--experimental-corrupt-check-time=90s")]
    [InlineData(false, 0, true, 60, "--feature-gates=CompactHashCheck=true")]
    [InlineData(false, 0, true, 5, "--experimental-compact-hash-check-enabled", "--experimental-compact-hash-check-time=5s")]
    [InlineData(false, 0, false, 5, "--compact-hash-check-time=5s")]
    public void Checks_of_corruption_are_asked_for_by_gates_or_by_their_former_flags(
        bool isInitial, int seconds, bool isAfterCompactions, int secondsBetween, params string[] arguments)
    {
        ConfigurationResult result = Load.Arguments(arguments);
        ServerOptions options = Load.Accepted(result);
        Assert.Equal(
            (isInitial, TimeSpan.FromSeconds(seconds), isAfterCompactions, TimeSpan.FromSeconds(secondsBetween)),
            (options.InitialCorruptCheck, options.CorruptCheckTime, options.CompactHashCheck, options.CompactHashCheckTime));
        Assert.Empty(result.Warnings);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 0, "--auto-compaction-retention=")]
    [InlineData(3600, 0, "--auto-compaction-retention=1")]
    [InlineData(3600, 0, "--auto-compaction-retention=+1")]
    [InlineData(600, 0, "--auto-compaction-retention=10m")]
    [InlineData(5400, 0, "--auto-compaction-mode=periodic", "--auto-compaction-retention=1h30m")]
    [InlineData(0, 0, "--auto-compaction-mode=periodic", "--auto-compaction-retention=0s")]
    [InlineData(0, 1000, "--auto-compaction-mode=revision", "--auto-compaction-retention=1000")]
    [InlineData(0, 0, "--auto-compaction-mode=revision")]
    [InlineData(0, 0, "--auto-compaction-mode=")]
    public void What_automatic_compaction_keeps_is_hours_a_time_or_a_number_of_revisions(
        int seconds, long revisions, params string[] arguments)
    {
        ServerOptions options = Load.Options(arguments);
        Assert.Equal((TimeSpan.FromSeconds(seconds), revisions), (options.CompactionPeriod, options.CompactionRevisions));
    }

    [Fact]
    public void A_time_where_a_number_of_revisions_is_asked_for_means_what_it_means_to_etcd_and_warns()
    {
        ConfigurationResult result = Load.Arguments("--auto-compaction-mode=revision", "--auto-compaction-retention=10m");
        Assert.Equal(600_000_000_000, Load.Accepted(result).CompactionRevisions);
        Assert.Equal(
            ["--auto-compaction-retention=10m keeps 600000000000 revisions, as --auto-compaction-mode is revision"], result.Warnings);
    }

    [Fact]
    public void Names_that_certificates_may_have_are_lists_in_which_an_empty_name_counts_as_in_etcd()
    {
        ServerOptions options = Load.Options(
            "--client-cert-allowed-hostname=a.example,b.example", "--client-crl-file=clients.crl", "--peer-crl-file=peers.crl",
            "--peer-cert-allowed-cn=", "--peer-skip-client-san-verification");
        Assert.Equal(["a.example", "b.example"], options.ClientTls.AllowedHostnames);
        Assert.Empty(options.ClientTls.AllowedCommonNames);
        Assert.Equal([""], options.PeerTls.AllowedCommonNames);
        Assert.Empty(options.PeerTls.AllowedHostnames);
        Assert.Equal(("clients.crl", "peers.crl"), (options.ClientTls.CrlFile, options.PeerTls.CrlFile));
        Assert.True(options.PeerTls.SkipClientSanVerification);
    }

    [Fact]
    public void Origins_and_hosts_are_lists_and_any_without_them()
    {
        ServerOptions options = Load.Options("--cors=HTTPS://a.example:80, http://b.example:8080", "--host-whitelist=a.example,b");
        Assert.Equal(["http://b.example:8080", "https://a.example:80"], options.Origins);
        Assert.Equal(["a.example", "b"], options.HostWhitelist);
        Assert.Equal(["*", "*"], [.. Load.Options().Origins, .. Load.Options().HostWhitelist]);
    }

    [Fact]
    public void The_initial_cluster_follows_the_name_and_the_advertised_peer_urls() =>
        Assert.Equal(
            ["http://127.0.0.1:1", "http://127.0.0.1:2"],
            Load.Options("--name=n1", "--initial-advertise-peer-urls=http://127.0.0.1:2,http://127.0.0.1:1").Node.InitialCluster["n1"]);

    [Fact]
    public void Localhost_and_its_address_are_the_same_peer() =>
        Assert.NotNull(Load.Options("--initial-cluster=default=http://127.0.0.1:2380"));

    [Theory]
    [InlineData(null)]
    [InlineData(true, "--feature-gates=LeaseCheckpoint=true,LeaseCheckpointPersist=true")]
    [InlineData(false, "--feature-gates=LeaseCheckpoint=false")]
    [InlineData(true, "--experimental-enable-lease-checkpoint")]
    public void Lease_checkpoints_are_decided_by_the_gate_or_left_to_the_members(bool? expected, params string[] arguments) =>
        Assert.Equal(expected, Load.Options(["--data-dir=does-not-exist.etcd", .. arguments]).Node.LeaseCheckpoints);

    [Fact]
    public void A_member_with_data_starts_whatever_the_flags_say_of_the_cluster()
    {
        string directory = Directory.CreateTempSubdirectory("netcd-configuration").FullName;
        try
        {
            string wal = Directory.CreateDirectory(Path.Combine(directory, "member", "wal")).FullName;
            File.WriteAllText(Path.Combine(wal, "0000000000000000-0000000000000000.wal"), "");
            Assert.NotNull(
                Load.Options("--data-dir", directory, "--initial-cluster=a=http://127.0.0.1:1", "--initial-cluster-state=existing"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
