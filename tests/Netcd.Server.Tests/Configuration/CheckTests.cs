
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
    [InlineData("--max-request-bytes[0] must be from 1 to 2146959359", "--max-request-bytes=0")]
    public void A_setting_that_cannot_be_obeyed_exits_with_1(string message, params string[] arguments) =>
        Load.Refused(Load.Arguments(["--data-dir=does-not-exist.etcd", .. arguments]), 1, message);

    /// <summary>L9 among them: whoever wants browsers kept out is not to think that they are.</summary>
    [Theory]
    [InlineData("cors=https://a.example:80")]
    [InlineData("host-whitelist=a.example")]
    [InlineData("client-crl-file=x")]
    [InlineData("peer-cert-allowed-cn=x")]
    [InlineData("discovery=http://x")]
    [InlineData("auth-token=jwt")]
    [InlineData("proxy=on")]
    public void A_flag_that_is_dangerous_to_ignore_is_refused(string flag) => Load.Refused(
        Load.Arguments("--" + flag),
        1,
        $"--{flag.Split('=')[0]} is not supported yet: netcd does not start, as it would run otherwise than it was told");

    [Theory]
    [InlineData("auto-compaction-retention=1h")]
    [InlineData("enable-v2")]
    [InlineData("metrics=extensive")]
    [InlineData("experimental-initial-corrupt-check=true")]
    [InlineData("experimental-warning-apply-duration=5s")]
    [InlineData("unsafe-no-fsync")]
    public void Another_flag_without_effect_warns(string flag)
    {
        Netcd.Server.Configuration.ConfigurationResult result = Load.Arguments("--" + flag);
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
        Netcd.Server.Configuration.ConfigurationResult result = Load.Arguments("--" + flag);
        Assert.NotNull(result.Options);
        Assert.Empty(result.Warnings);
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
