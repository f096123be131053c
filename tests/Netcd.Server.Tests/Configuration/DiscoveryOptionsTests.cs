using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>How another cluster is asked for the members, as the flags and etcd's file say it.</summary>
public sealed class DiscoveryOptionsTests
{
    private static readonly string[] Needed = ["--discovery-token=t0", "--discovery-endpoints=a.example:1,https://b.example:2"];

    [Fact]
    public void Without_a_token_nobody_is_asked() => Assert.Null(Load.Options().Discovery);

    [Fact]
    public void The_token_makes_the_ids_and_the_member_begins_alone()
    {
        ServerOptions options = Load.Options([.. Needed, "--name=m7", "--initial-cluster-token=other"]);
        Assert.Equal("t0", options.Node.InitialClusterToken);
        Assert.Equal(["m7"], options.Node.InitialCluster.Keys);
        DiscoveryOptions discovery = options.Discovery!;
        Assert.Equal(["a.example:1", "https://b.example:2"], discovery.Endpoints);
        Assert.Equal((2, 5, 2, 6, false, ""), (
            discovery.DialTimeout.Seconds, discovery.RequestTimeout.Seconds, discovery.KeepAliveTime.Seconds,
            discovery.KeepAliveTimeout.Seconds, discovery.IsSecure, discovery.User));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "--discovery-insecure-transport=false")]
    [InlineData(true, "--discovery-cacert=c.pem")]
    [InlineData(true, "--discovery-cert=c.pem", "--discovery-key=k.pem")]
    [InlineData(true, "--discovery-insecure-skip-tls-verify")]
    public void Endpoints_without_a_scheme_are_spoken_to_by_TLS_where_something_is_said_of_it(bool isSecure, params string[] flags) =>
        Assert.Equal(isSecure, Load.Options([.. Needed, .. flags]).Discovery!.IsSecure);

    [Theory]
    [InlineData("u", "p", "--discovery-user=u", "--discovery-password=p")]
    [InlineData("u", "p:q", "--discovery-user=u:p:q")]
    [InlineData("u", "", "--discovery-user=u")]
    public void A_user_may_bring_the_password(string user, string password, params string[] flags)
    {
        DiscoveryOptions discovery = Load.Options([.. Needed, .. flags]).Discovery!;
        Assert.Equal((user, password), (discovery.User, discovery.Password));
    }

    [Fact]
    public void The_file_has_them_in_the_sections_of_etcd()
    {
        ServerOptions options = Load.Accepted(Load.File("""
            discovery-config:
              token: t1
              client:
                endpoints: ["c.example:3", "d.example:4"]
                request-timeout: 7000000000
                secure: {insecure-transport: false, cacert: ca.pem}
                auth: {username: me, password: secret}
            """));
        DiscoveryOptions discovery = options.Discovery!;
        Assert.Equal(["c.example:3", "d.example:4"], discovery.Endpoints);
        Assert.Equal(("t1", 7, true, "ca.pem", "me", "secret"), (
            discovery.Token, discovery.RequestTimeout.Seconds, discovery.IsSecure, discovery.Tls.TrustedCaFile, discovery.User,
            discovery.Password));
    }
}
