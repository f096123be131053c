using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

public sealed class FileTests
{
    [Fact]
    public void A_file_in_YAML_sets_flags_by_their_names_and_durations_in_nanoseconds()
    {
        ServerOptions options = Load.Accepted(Load.File("""
            # a comment
            name: 'n1'
            data-dir: d
            listen-client-urls: http://127.0.0.1:1,http://127.0.0.1:2
            Heartbeat-Interval: 10
            backend-batch-interval: 20000000
            pre-vote: no
            log-outputs: [stderr, x.log]
            experimental-snapshot-catch-up-entries: 9
            cors: "*"
            client-transport-security:
              cert-file: ''
              client-cert-auth: false
            """));
        Assert.Equal(("n1", Path.GetFullPath("d")), (options.Node.Name, options.Node.DataDirectory));
        Assert.Equal([1, 2], options.ListenClientUrls.Select(url => url.Port));
        Assert.Equal(["http://localhost:2379"], options.Node.AdvertiseClientUrls);
        Assert.Equal((10, 20, false, 9UL), (options.Node.HeartbeatMilliseconds,
            options.Node.BackendBatchIntervalMilliseconds, options.Node.PreVote, options.Node.SnapshotCatchUpEntries));
        Assert.Equal(["stderr", "x.log"], options.LogOutputs);
    }

    [Fact]
    public void A_file_in_JSON_does_too() =>
        Assert.Equal(10, Load.Accepted(Load.File("""{"heartbeat-interval": 10, "name": "n1"}""")).Node.HeartbeatMilliseconds);

    [Fact]
    public void Each_side_has_its_section_of_TLS_settings()
    {
        ServerOptions options = Load.Accepted(Load.File("""
            client-transport-security: {cert-file: c.crt, key-file: c.key}
            peer-transport-security:
              cert-file: p.crt
              key-file: p.key
              client-cert-file: d.crt
              client-key-file: d.key
              trusted-ca-file: ca.crt
              client-cert-auth: true
              auto-tls: true
            """));
        Assert.Equal(
            ("p.crt", "p.key", "d.crt", "d.key", "ca.crt", true, true),
            (options.PeerTls.CertFile, options.PeerTls.KeyFile, options.PeerTls.ClientCertFile, options.PeerTls.ClientKeyFile,
                options.PeerTls.TrustedCaFile, options.PeerTls.ClientCertAuth, options.PeerTls.AutoTls));
        Assert.Equal(
            ("c.crt", "c.key", "", false, false),
            (options.ClientTls.CertFile, options.ClientTls.KeyFile, options.ClientTls.TrustedCaFile,
                options.ClientTls.ClientCertAuth, options.ClientTls.AutoTls));
    }

    [Fact]
    public void A_file_makes_flags_ignored()
    {
        ConfigurationResult result = Load.File("name: n1", "--name=n2", "--max-txn-ops=5");
        Assert.Equal(("n1", 128), (Load.Accepted(result).Node.Name, result.Options!.Node.MaxTxnOps));
        Assert.Contains("--name, --max-txn-ops", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_named_by_the_environment_makes_the_environment_ignored()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, "name: n1");
        ConfigurationResult result = Load.Environment(new() { ["ETCD_CONFIG_FILE"] = path, ["ETCD_NAME"] = "n2" });
        File.Delete(path);
        Assert.Equal("n1", Load.Accepted(result).Node.Name);
    }

    [Fact]
    public void An_empty_file_is_all_defaults() => Assert.Equal("default", Load.Accepted(Load.File("")).Node.Name);

    [Theory]
    [InlineData("initial-cluster-state: ''")]
    [InlineData("log-level: ''")]
    [InlineData("proxy: ''")]
    [InlineData("discovery-fallback: ''")]
    [InlineData("v2-deprecation: ''")]
    [InlineData("advertise-client-urls: ''")]
    [InlineData("listen-peer-urls: ''")]
    [InlineData("auth-token: ''")]
    [InlineData("cors: ''")]
    [InlineData("log-outputs: []")]
    [InlineData("cipher-suites: []")]
    [InlineData("client-transport-security:")]
    public void An_empty_value_leaves_the_default_in_force(string text)
    {
        ServerOptions expected = Load.Accepted(Load.File("name: default"));
        ServerOptions actual = Load.Accepted(Load.File(text));
        Assert.Equal((expected.LogLevel, expected.Node.IsNewCluster), (actual.LogLevel, actual.Node.IsNewCluster));
        Assert.Equal(expected.ListenPeerUrls, actual.ListenPeerUrls);
        Assert.Equal(expected.Node.AdvertiseClientUrls, actual.Node.AdvertiseClientUrls);
        Assert.Equal(expected.LogOutputs, actual.LogOutputs);
    }

    [Fact]
    public void Of_a_key_that_is_set_twice_the_last_value_counts_and_a_warning_says_so()
    {
        ConfigurationResult result = Load.File(
            "heartbeat-interval: 0\nname: n1\nheartbeat-interval: 10\npeer-transport-security: {auto-tls: no, auto-tls: yes}");
        ServerOptions options = Load.Accepted(result);
        Assert.Equal((10, true), (options.Node.HeartbeatMilliseconds, options.PeerTls.AutoTls));
        Assert.StartsWith("'heartbeat-interval' is set again in line 3 of ", result.Warnings[0], StringComparison.Ordinal);
        Assert.StartsWith("'auto-tls' is set again in line 4 of ", result.Warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Allowed_names_and_the_check_of_addresses_are_set_by_the_keys_of_any_version()
    {
        ConfigurationResult result = Load.File(
            "client-transport-security: {allowed-hostnames: [a.example, b.example], skip-client-san-verification: true}\n"
                + "peer-transport-security: {allowed-cn: [m1, m2], skip-client-san-verification: true}");
        ServerOptions options = Load.Accepted(result);
        Assert.Equal(["a.example", "b.example"], options.ClientTls.AllowedHostnames);
        Assert.Equal(["m1", "m2"], options.PeerTls.AllowedCommonNames);
        Assert.True(options.PeerTls.SkipClientSanVerification);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public void An_anchor_stands_for_its_value() =>
        Assert.Equal("n1", Load.Accepted(Load.File("discovery-srv-name: &a n1\nname: *a")).Node.Name);

    [Fact]
    public void An_unknown_key_only_warns() =>
        Assert.StartsWith("unknown setting 'foo' in ", Assert.Single(Load.File("foo: 1").Warnings), StringComparison.Ordinal);

    [Theory]
    [InlineData("heartbeat-interval: abc", ": heartbeat-interval: expected a whole number, found 'abc'")]
    [InlineData("heartbeat-interval: 1.5", ": heartbeat-interval: expected a whole number, found '1.5'")]
    [InlineData("heartbeat-interval: -1", ": heartbeat-interval: invalid value \"-1\": parse error")]
    [InlineData("backend-batch-interval: 5s", ": backend-batch-interval: expected a whole number, found '5s'")]
    [InlineData("name: 5", ": name: expected a text, found '5': put it between quotes")]
    [InlineData("pre-vote: 'true'", ": pre-vote: expected true or false, found 'true'")]
    [InlineData("listen-client-urls: [http://127.0.0.1:1]", ": listen-client-urls: expected a text, found a list")]
    [InlineData("log-outputs: ''", ": log-outputs: expected a list, found ''")]
    [InlineData("cipher-suites: ['']", "unexpected TLS cipher suite \"\"")]
    [InlineData("log-outputs: ['']", "open sink \"\": open : no such file or directory")]
    [InlineData("socket-options: 5", ": socket-options: expected a section, found '5'")]
    [InlineData("- a", ": expected settings as 'name: value', found a list")]
    [InlineData(
        "listen-client-urls: foo", "unexpected error setting up listen-client-urls: URL scheme must be http, https, unix, or unixs: foo")]
    [InlineData("initial-cluster-state: foo", "unexpected clusterState \"foo\"")]
    [InlineData("heartbeat-interval: 0", "--heartbeat-interval must be >0 (set to 0ms)")]
    [InlineData(
        "client-transport-security: {skip-client-san-verification: 5}",
        ": client-transport-security.skip-client-san-verification: expected true or false, found '5'")]
    public void A_wrong_value_exits_with_1(string text, string message)
    {
        ConfigurationResult result = Load.File(text);
        Assert.Null(result.Options);
        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith(message, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_is_not_YAML_exits_with_1_and_names_the_line()
    {
        ConfigurationResult result = Load.File("name: n\na: [");
        Assert.Equal(1, result.ExitCode);
        Assert.Matches("^error converting YAML to JSON: yaml: .*: line [23]: ", result.Message);
    }

    [Fact]
    public void A_file_that_is_not_there_exits_with_1() =>
        Load.Refused(Load.Arguments("--config-file=/does/not/exist"), 1, "open /does/not/exist: no such file or directory");
}
