using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>Features are switched as etcd switches them, by their own names or all of a stage.</summary>
public sealed class FeatureGateTests
{
    private static readonly string[] OnInEtcd = ["FastLeaseKeepAlive", "TxnModeWriteWithSharedBuffer"];

    private static readonly string[] Alpha =
    [
        "AllAlpha", "CompactHashCheck", "InitialCorruptCheck", "LeaseCheckpoint", "LeaseCheckpointPersist", "PriorityRequest",
        "SetMemberLocalAddr", "StopGRPCServiceOnDefrag",
    ];

    [Fact]
    public void Without_a_word_they_are_as_in_etcd() => Assert.Equal(OnInEtcd, On());

    [Theory]
    [InlineData("AllAlpha=true")]
    [InlineData("AllAlpha=true,LeaseCheckpoint=true")]
    public void All_of_a_stage_are_switched_together(string gates) =>
        Assert.Equal([.. Alpha.Concat(OnInEtcd).Order(StringComparer.Ordinal)], On("--feature-gates=" + gates));

    [Theory]
    [InlineData("AllAlpha=true,PriorityRequest=false")]
    [InlineData("PriorityRequest=false,AllAlpha=true")]
    public void What_is_switched_itself_stays_so_in_whatever_order(string gates) => Assert.Equal(
        [.. Alpha.Concat(OnInEtcd).Where(static name => name != "PriorityRequest").Order(StringComparer.Ordinal)],
        On("--feature-gates=" + gates));

    [Fact]
    public void A_former_flag_counts_as_the_feature_itself() => Assert.Equal(
        [.. Alpha.Concat(OnInEtcd).Where(static name => name != "InitialCorruptCheck").Order(StringComparer.Ordinal)],
        On("--feature-gates=AllAlpha=true", "--experimental-initial-corrupt-check=false"));

    [Fact]
    public void Those_of_the_other_stage_stay_as_they_are() => Assert.Empty(On("--feature-gates=AllBeta=false"));

    [Fact]
    public void One_feature_that_needs_another_is_refused_without_it_also_where_all_are_switched() => Load.Refused(
        Load.Arguments("--feature-gates=AllAlpha=true,LeaseCheckpoint=false"),
        1,
        "enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint");

    [Fact]
    public void The_features_that_are_switched_reach_what_they_are_about()
    {
        ServerOptions options = Load.Options("--feature-gates=AllAlpha=true");
        Assert.True(options is
        {
            InitialCorruptCheck: true,
            CompactHashCheck: true,
            Node: { LeaseCheckpoints: true, PrefersRevocations: true },
        });
        Assert.False(Load.Options("--feature-gates=AllAlpha=false").Node.LeaseCheckpoints);
        Assert.Null(Load.Options("--feature-gates=AllBeta=true").Node.LeaseCheckpoints);
    }

    [Theory]
    [InlineData("StopGRPCServiceOnDefrag=true", "StopGRPCServiceOnDefrag", "Defragmentation stops nothing")]
    [InlineData("AllBeta=false,FastLeaseKeepAlive=true", "TxnModeWriteWithSharedBuffer", "All reads are of a state that does not change")]
    public void One_without_effect_warns_and_says_why(string gates, string name, string why)
    {
        ConfigurationResult result = Load.Arguments("--feature-gates=" + gates);
        Assert.NotNull(result.Options);
        Assert.StartsWith(
            $"feature gate {name} has no effect: {why}", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.1.2.3", "http://localhost:1", "http://127.0.0.1:2", "http://10.1.2.3:2380", "http://10.1.2.4:2380")]
    [InlineData("fd00::7", "http://[::1]:1", "http://[fd00::7]:2380")]
    [InlineData("", "http://127.0.0.1:2380")]
    public void Connections_to_members_come_from_the_first_advertised_address_that_others_can_reach(string expected, params string[] urls)
    {
        string cluster = string.Join(',', urls.Select(static url => "default=" + url));
        string[] arguments = ["--initial-advertise-peer-urls=" + string.Join(',', urls), "--initial-cluster=" + cluster];
        Assert.Equal("", Load.Options(arguments).PeerTls.LocalAddress);
        ConfigurationResult result = Load.Arguments([.. arguments, "--feature-gates=SetMemberLocalAddr=true"]);
        ServerOptions options = Load.Accepted(result);
        Assert.Equal((expected, ""), (options.PeerTls.LocalAddress, options.ClientTls.LocalAddress));
        Assert.Equal(
            expected.Length > 0 ? [] : ["unable to set a member local address due to lack of suitable local addresses"], result.Warnings);
    }

    private static string[] On(params string[] arguments) =>
        [.. Load.Options(arguments).FeatureGates.Where(static feature => feature.IsOn).Select(static feature => feature.Name)];
}
