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
    [InlineData("--max-request-bytes[0] must be from 1 to 2146959359", "--max-request-bytes=0")]
    public void A_setting_that_cannot_be_obeyed_exits_with_1(string message, params string[] arguments) =>
        Load.Refused(Load.Arguments(["--data-dir=does-not-exist.etcd", .. arguments]), 1, message);

    [Theory]
    [InlineData("discovery=http://x")]
    [InlineData("proxy=on")]
    public void A_flag_that_is_dangerous_to_ignore_is_refused(string flag) => Load.Refused(
        Load.Arguments("--" + flag),
        1,
        $"--{flag.Split('=')[0]} is not supported yet: netcd does not start, as it would run otherwise than it was told");

    [Theory]
    [InlineData("auto-compaction-retention=1h")]
    [InlineData("enable-v2")]
    [InlineData("experimental-initial-corrupt-check=true")]
    [InlineData("experimental-warning-apply-duration=5s")]
    [InlineData("unsafe-no-fsync")]
    public void Another_flag_without_effect_warns(string flag)
    {
        ConfigurationResult result = Load.Arguments("--" + flag);
        Assert.NotNull(result.Options);
        Assert.Equal([$"--{flag.Split('=')[0]} is not supported yet and has no effect"], result.Warnings);
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
