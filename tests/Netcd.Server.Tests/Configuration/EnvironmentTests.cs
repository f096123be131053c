namespace Netcd.Server.Tests.Configuration;

public sealed class EnvironmentTests
{
    [Fact]
    public void A_variable_sets_the_flag_of_its_name() =>
        Assert.Equal("n1", Load.Accepted(Load.Environment(new() { ["ETCD_NAME"] = "n1", ["PATH"] = "x" })).Node.Name);

    [Fact]
    public void An_empty_variable_sets_nothing() =>
        Assert.Equal("default", Load.Accepted(Load.Environment(new() { ["ETCD_NAME"] = "" })).Node.Name);

    [Fact]
    public void A_setting_that_comes_both_ways_is_fatal() => Load.Refused(
        Load.Environment(new() { ["ETCD_NAME"] = "a" }, "--name", "a"),
        1,
        "conflicting environment variable \"ETCD_NAME\" is shadowed by corresponding command-line flag (either unset environment variable "
            + "or disable flag)");

    [Fact]
    public void A_wrong_value_in_a_variable_is_fatal() => Load.Refused(
        Load.Environment(new() { ["ETCD_PRE_VOTE"] = "foo" }), 1, "invalid value \"foo\" for ETCD_PRE_VOTE: parse error");

    [Fact]
    public void An_unknown_variable_only_warns()
    {
        Netcd.Server.Configuration.ConfigurationResult result = Load.Environment(new() { ["ETCD_FOO"] = "1", ["ETCD_VERSION"] = "3" });
        Assert.NotNull(result.Options);
        Assert.Equal(
            ["unrecognized environment variable ETCD_FOO=1", "cannot set special environment variable ETCD_VERSION=3"], result.Warnings);
    }

    [Fact]
    public void A_listening_url_from_the_environment_asks_for_the_advertised_one_too() => Load.Refused(
        Load.Environment(new() { ["ETCD_LISTEN_CLIENT_URLS"] = "http://127.0.0.1:1" }),
        1,
        "--advertise-client-urls is required when --listen-client-urls is set explicitly");
}
