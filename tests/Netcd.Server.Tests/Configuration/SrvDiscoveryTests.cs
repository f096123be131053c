using Netcd.Server.Configuration;

namespace Netcd.Server.Tests.Configuration;

/// <summary>What a start by DNS makes of the records that a real name server on loopback gives.</summary>
public sealed class SrvDiscoveryTests : IAsyncDisposable
{
    private const string Plain = "_etcd-server._tcp.cluster.test";
    private const string Secure = "_etcd-server-ssl._tcp.cluster.test";

    private readonly LoopbackDns dns = new();

    public ValueTask DisposeAsync() => dns.DisposeAsync();

    [Fact]
    public void Each_record_is_a_member_and_the_one_that_leads_here_has_this_members_name()
    {
        dns.Set(Plain, ("localhost", 2001), ("localhost", 2002), ("127.0.0.1", 2003));
        ConfigurationResult result = Start("--initial-advertise-peer-urls=http://127.0.0.1:2002");
        Assert.Equal(
            ["0=http://127.0.0.1:2003", "1=http://localhost:2001", "m1=http://localhost:2002"],
            Load.Accepted(result).Node.InitialCluster.Select(member => $"{member.Key}={member.Value.Single()}"));
        Assert.Equal(
            $"failed to resolve during SRV discovery: error querying DNS SRV records for _etcd-server-ssl lookup {Secure} on "
                + $"{dns.Address}: no such host",
            Assert.Single(result.Warnings));
    }

    [Fact]
    public void The_name_of_the_service_may_have_an_ending()
    {
        dns.Set("_etcd-server-blue._tcp.cluster.test", ("localhost", 2001));
        ConfigurationResult result = Start("--initial-advertise-peer-urls=http://localhost:2001", "--discovery-srv-name=blue");
        Assert.Equal("http://localhost:2001", Load.Accepted(result).Node.InitialCluster["m1"].Single());
    }

    [Fact]
    public void Members_that_trust_the_machines_authorities_expect_the_domain_in_certificates()
    {
        dns.Set(Secure, ("localhost", 2001));
        string[] arguments = ["--listen-peer-urls=https://127.0.0.1:2001", "--initial-advertise-peer-urls=https://localhost:2001"];
        Assert.Equal("cluster.test", Load.Accepted(Start(arguments)).PeerTls.ServerName);
        Assert.Equal("", Load.Accepted(Start([.. arguments, "--peer-trusted-ca-file=ca.pem"])).PeerTls.ServerName);
    }

    [Fact]
    public void Without_records_it_does_not_start() => Load.Refused(
        Start("--initial-advertise-peer-urls=http://localhost:2001"),
        1,
        "error setting up initial cluster: "
        + $"error querying DNS SRV records for _etcd-server-ssl lookup {Secure} on {dns.Address}: no such host; "
        + $"error querying DNS SRV records for _etcd-server lookup {Plain} on {dns.Address}: no such host");

    [Fact]
    public void A_member_that_no_record_leads_to_does_not_start()
    {
        dns.Set(Plain, ("localhost", 2001));
        Load.Refused(
            Start("--initial-advertise-peer-urls=http://localhost:2009"),
            1,
            "error setting up initial cluster: cannot find local etcd member \"m1\" in SRV records");
    }

    [Fact]
    public void A_record_of_the_other_scheme_than_the_members_own_url_is_told()
    {
        dns.Set(Secure, ("localhost", 2001));
        Assert.StartsWith(
            "error setting up initial cluster: error querying DNS SRV records for _etcd-server-ssl bootstrap at https://localhost:2001 "
            + "from DNS for etcd-server-ssl has scheme mismatch with expected peer http://localhost:2001; ",
            Start("--initial-advertise-peer-urls=http://localhost:2001").Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_members_are_told_in_one_way_only() => Load.Refused(
        Start("--initial-cluster=m1=http://localhost:2001", "--initial-advertise-peer-urls=http://localhost:2001"),
        1,
        "multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\", \"discovery\", \"discovery-endpoints\" or "
            + "\"discovery-srv\"");

    [Fact]
    public void A_member_with_data_asks_nobody()
    {
        string directory = Directory.CreateTempSubdirectory("netcd-discovery").FullName;
        try
        {
            string wal = Directory.CreateDirectory(Path.Combine(directory, "member", "wal")).FullName;
            File.WriteAllText(Path.Combine(wal, "0000000000000000-0000000000000000.wal"), "");
            Assert.Empty(Load.Accepted(Start("--data-dir", directory)).Node.InitialCluster);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_name_server_that_is_no_address_is_refused()
    {
        Dictionary<string, string> environment = new() { ["NETCD_NAME_SERVER"] = "here" };
        Load.Refused(
            Load.Environment(environment, "--discovery-srv=cluster.test"),
            1,
            "NETCD_NAME_SERVER=here is neither an address nor address:port");
    }

    private ConfigurationResult Start(params string[] arguments)
    {
        Dictionary<string, string> environment = new() { ["NETCD_NAME_SERVER"] = dns.Address };
        string[] common = ["--name=m1", "--data-dir=does-not-exist.etcd", "--discovery-srv=cluster.test"];
        return Load.Environment(environment, [.. common, .. arguments]);
    }
}
