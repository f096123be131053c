using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--name", "n1")]
    [InlineData("-name", "n1")]
    [InlineData("--name=n1")]
    [InlineData("-name=n1")]
    [InlineData("--name=n0", "--name=n1")]
    [InlineData("--name=n1", "--")]
    public void A_flag_may_have_one_dash_or_two_and_its_value_behind_a_space_or_an_equals_sign(params string[] arguments) =>
        Assert.Equal("n1", Load.Options(arguments).Node.Name);

    [Theory]
    [InlineData("--pre-vote", true)]
    [InlineData("--pre-vote=false", false)]
    [InlineData("--pre-vote=F", false)]
    [InlineData("--pre-vote=1", true)]
    public void A_boolean_flag_needs_no_value(string argument, bool value) => Assert.Equal(value, Load.Options(argument).Node.PreVote);

    [Theory]
    [InlineData("flag provided but not defined: -xyz", "--xyz")]
    [InlineData("flag provided but not defined: -xyz", "--xyz=1")]
    [InlineData("flag needs an argument: -snapshot-count", "--snapshot-count")]
    [InlineData("bad flag syntax: ---x", "---x")]
    [InlineData("bad flag syntax: --=x", "--=x")]
    [InlineData("invalid value \"abc\" for flag -snapshot-count: parse error", "--snapshot-count=abc")]
    [InlineData("invalid value \"-1\" for flag -heartbeat-interval: parse error", "--heartbeat-interval=-1")]
    [InlineData("invalid boolean value \"maybe\" for -pre-vote: parse error", "--pre-vote=maybe")]
    [InlineData("invalid value \"5\" for flag -backend-batch-interval: parse error", "--backend-batch-interval=5")]
    [InlineData("invalid value \"foo\" for flag -initial-cluster-state: invalid value", "--initial-cluster-state=foo")]
    [InlineData(
        "invalid value \"99999999999999999999\" for flag -quota-backend-bytes: value out of range",
        "--quota-backend-bytes=99999999999999999999")]
    [InlineData(
        "invalid value \"-1\" for flag -max-concurrent-streams: strconv.ParseUint: parsing \"-1\": invalid syntax",
        "--max-concurrent-streams=-1")]
    [InlineData(
        "invalid value \"localhost:2379\" for flag -listen-client-urls: URL scheme must be http, https, unix, or unixs: localhost:2379",
        "--listen-client-urls=localhost:2379")]
    [InlineData(
        "invalid value \"http://127.0.0.1:1/path\" for flag -listen-peer-urls: URL must not contain a path: http://127.0.0.1:1/path",
        "--listen-peer-urls=http://127.0.0.1:1/path")]
    [InlineData(
        "invalid value \"http://127.0.0.1\" for flag -listen-peer-urls: URL address does not have the form \"host:port\": http://127.0.0.1",
        "--listen-peer-urls=http://127.0.0.1")]
    public void A_line_that_cannot_be_read_exits_with_2_and_shows_the_usage(string message, params string[] arguments)
    {
        Load.Refused(Load.Arguments(arguments), 2, message);
        Assert.Contains("netcd [flags]", Load.Arguments(arguments).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'extra' is not a valid flag", "extra")]
    [InlineData("'extra' is not a valid flag", "--name=x", "extra")]
    [InlineData("'-' is not a valid flag", "-")]
    [InlineData("'false' is not a valid flag", "--pre-vote", "false")]
    [InlineData("'x' is not a valid flag", "--", "x")]
    [InlineData("netcd does not have etcd's command 'gateway'", "gateway", "start")]
    public void An_argument_that_is_no_flag_exits_with_1(string message, params string[] arguments) =>
        Load.Refused(Load.Arguments(arguments), 1, message);

    [Fact]
    public void Help_names_every_flag_and_exits_with_0()
    {
        foreach (string flag in new[] { "--help", "-h", "-help" })
        {
            Netcd.Server.Configuration.ConfigurationResult result = Load.Arguments(flag);
            Assert.Equal(0, result.ExitCode);
            Assert.Contains("  --initial-cluster 'default=http://localhost:2380'\n", result.Message, StringComparison.Ordinal);
            Assert.Contains("  --data-dir '${name}.etcd'\n", result.Message, StringComparison.Ordinal);
            Assert.Contains("  --experimental-compaction-batch-limit '1000'\n", result.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_version_begins_with_the_line_of_etcd_that_tools_read()
    {
        Netcd.Server.Configuration.ConfigurationResult result = Load.Arguments("--version");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"^etcd Version: 3\.\d+\.\d+\nnetcd Version: \d+\.\d+\.\d+\n", result.Message);
    }

    [Fact]
    public void Without_flags_everything_is_as_etcd_has_it()
    {
        ServerOptions options = Load.Options();
        Assert.Equal("default", options.Node.Name);
        Assert.Equal(Path.GetFullPath("default.etcd"), options.Node.DataDirectory);
        Assert.Null(options.Node.WalDirectory);
        Assert.Equal(["http://localhost:2379"], options.Node.AdvertiseClientUrls);
        Assert.Equal("http://localhost:2379/", options.ListenClientUrls.Single().ToString());
        Assert.Equal("http://localhost:2380/", options.ListenPeerUrls.Single().ToString());
        Assert.Equal(["http://localhost:2380"], options.Node.InitialCluster["default"]);
        Assert.Equal((100, 1_000), (options.Node.HeartbeatMilliseconds, options.Node.ElectionMilliseconds));
        Assert.Equal((2L << 30, 1_572_864, 128), (options.Node.QuotaBytes, options.Node.MaxRequestBytes, options.Node.MaxTxnOps));
        Assert.Equal((10_000UL, 5_000UL), (options.Node.SnapshotCount, options.Node.SnapshotCatchUpEntries));
        Assert.Equal(uint.MaxValue, options.MaxConcurrentStreams);
        Assert.True(options.EnableGateway && options.Node.PreVote && options.StrictReconfigCheck && options.InitialElectionTickAdvance);
    }

    [Fact]
    public void Every_flag_of_this_version_takes_effect()
    {
        ServerOptions options = Load.Options(
            "--name=n", "--data-dir=d", "--wal-dir=w", "--snapshot-count=7", "--snapshot-catchup-entries=8", "--max-wals=9",
            "--max-snapshots=0", "--quota-backend-bytes=-1", "--max-txn-ops=11", "--max-request-bytes=0x1000",
            "--max-concurrent-streams=12", "--backend-batch-interval=1.5s", "--backend-batch-limit=13", "--compaction-batch-limit=14",
            "--bootstrap-defrag-threshold-megabytes=3", "--auto-defrag-free-percent=40",
            "--compaction-sleep-interval=15ms", "--enable-grpc-gateway=false", "--pre-vote=false", "--heartbeat-interval=16",
            "--election-timeout=160", "--initial-cluster-token=t", "--grpc-keepalive-interval=1m", "--grpc-keepalive-timeout=0",
            "--log-level=warn", "--log-outputs=stdout,a.log", "--log-format=console", "--strict-reconfig-check=false");
        Assert.Equal(
            ("n", Path.GetFullPath("d"), Path.GetFullPath("w")),
            (options.Node.Name, options.Node.DataDirectory, options.Node.WalDirectory));
        Assert.Equal(
            (7UL, 8UL, 9, int.MaxValue),
            (options.Node.SnapshotCount, options.Node.SnapshotCatchUpEntries, options.Node.MaxWals, options.Node.MaxSnapshots));
        Assert.Equal(
            (-1L, 11, 4_096, 12U),
            (options.Node.QuotaBytes, options.Node.MaxTxnOps, options.Node.MaxRequestBytes, options.MaxConcurrentStreams));
        Assert.Equal((1_500, 13, 14, 15), (options.Node.BackendBatchIntervalMilliseconds, options.Node.BackendBatchLimit,
            options.Node.CompactionBatchLimit, options.Node.CompactionSleepMilliseconds));
        Assert.Equal((3L << 20, 40), (options.Node.BootstrapDefragThresholdBytes, options.Node.AutoDefragFreePercent));
        Assert.Equal((false, false, false), (options.EnableGateway, options.Node.PreVote, options.StrictReconfigCheck));
        Assert.Equal(
            (16, 160, "t"), (options.Node.HeartbeatMilliseconds, options.Node.ElectionMilliseconds, options.Node.InitialClusterToken));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.Zero), (options.KeepAliveInterval, options.KeepAliveTimeout));
        Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Warning, options.LogLevel);
        Assert.Equal(["stdout", "a.log"], options.LogOutputs);
        Assert.Equal(LogFormat.Console, options.LogFormat);
    }

    [Fact]
    public void A_former_experimental_name_means_the_flag_and_the_present_name_goes_first()
    {
        Assert.Equal(7, Load.Options("--experimental-compaction-batch-limit=7").Node.CompactionBatchLimit);
        Assert.Equal(8UL, Load.Options("--experimental-snapshot-catchup-entries=8").Node.SnapshotCatchUpEntries);
        Assert.Equal(9, Load.Options("--experimental-compaction-batch-limit=7", "--compaction-batch-limit=9").Node.CompactionBatchLimit);
    }

    [Theory]
    [InlineData("--cors=", 2)]
    [InlineData("--cors=x", 2)]
    [InlineData("--cipher-suites=", 1)]
    [InlineData("--log-outputs=", 1)]
    [InlineData("--logger=", 1)]
    [InlineData("--heartbeat-interval=", 2)]
    [InlineData("--log-level=", 0)]
    [InlineData("--auth-token=", 0)]
    [InlineData("--advertise-client-urls=", 0)]
    [InlineData("--backend-bbolt-freelist-type=", 0)]
    public void An_empty_flag_is_taken_or_refused_as_by_etcd(string flag, int exitCode)
    {
        Netcd.Server.Configuration.ConfigurationResult result = Load.Arguments(flag);
        Assert.Equal((exitCode, exitCode == 0), (result.ExitCode, result.Options is not null));
    }
}
